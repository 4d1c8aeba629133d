package node

// IsPlain is isPlain.
var IsPlain = isPlain
