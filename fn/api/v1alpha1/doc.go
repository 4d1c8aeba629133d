// Package v1alpha1 is the spec of a MySQLReplicaSet: its Go types, and how they
// are read, completed and checked.
//
//	set, problems := v1alpha1.Decode(node) // or Parse, from YAML text
//	set.Default()
//	problems.Merge(set.Validate())
//	if err := problems.Err(); err != nil { … }
//
// Every problem of a document is reported at once: decoding goes on after an
// error, and what could be read is validated too. What depends on the MySQL
// version is the business of fn/mysql.
//
// The package is linked into a program whose whole run takes a millisecond or
// so. It therefore imports only yaml and a few light packages of the standard
// library, and nothing happens in it before main.
//
// [Schema], the JSON Schema for editors, and docs/spec.md, the reference page,
// are generated from the types and their comments.
package v1alpha1

//go:generate go run mysqlreplicaset.dev/fn/internal/docgen
