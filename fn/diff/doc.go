// Package diff says what a change of rendered resources does to a set that runs:
// which pods restart, what the API server refuses, where data or clients are lost.
//
// Only what makes up a set is judged: the StatefulSets that package render made, known
// by their annotation, the ConfigMaps that these mount and the Services that lead to
// their pods. Everything else is ignored.
//
// Each rule is a small function in the table of its file; what they look at is in
// set.go.
package diff
