package v1alpha1

import _ "embed"

// Schema is the JSON Schema (draft-07) of a MySQLReplicaSet, for editors and
// for checks without this program. It accepts what [Decode] and
// [MySQLReplicaSet.Validate] accept, but is coarser where a rule spans several
// fields. It also knows the versions of MySQL and the options that each has removed,
// which [Decode] leaves to the package fn/mysql.
//
//go:embed schema.json
var Schema []byte
