package v1alpha1

import _ "embed"

// Schema is the JSON Schema (draft-07) of a MySQLReplicaSet, for editors and
// for checks without this program. It accepts what [Decode] and
// [MySQLReplicaSet.Validate] accept, but is coarser where a rule spans several
// fields.
//
//go:embed schema.json
var Schema []byte
