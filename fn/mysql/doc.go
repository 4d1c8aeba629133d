// Package mysql knows what differs between versions of MySQL: images, statements,
// option names, and which options came and went. One table each, with the source
// of every row, and the checks of a spec that follow from them.
//
// It is linked into a program that starts once for every render, so it has no
// init-time work: tables are slices of constants, searched when they are needed.
package mysql
