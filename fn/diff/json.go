package diff

import (
	"fmt"
	"strings"
)

// JSON is the report for programs, with a line for each change:
//
//	{"level": "restart", "changes": [
//	  {"level": "restart", "resource": "…", "field": "…", "message": "…", "next": "…"}
//	]}
//
// Every key is always there. It is written by hand because encoding/json would make
// each start of the program slower, also where it renders (deps_test.go of the command).
func (r Report) JSON() string {
	changes := make([]string, len(r.Changes))
	for i, c := range r.Changes {
		changes[i] = fmt.Sprintf("\n  {\"level\": %s, \"resource\": %s, \"field\": %s, \"message\": %s, \"next\": %s}",
			quoted(c.Level.String()), quoted(c.Resource), quoted(c.Field), quoted(c.Message), quoted(c.Next))
	}
	end := ""
	if len(changes) > 0 {
		end = "\n"
	}
	return fmt.Sprintf("{\"level\": %s, \"changes\": [%s%s]}\n", quoted(r.Level().String()), strings.Join(changes, ","), end)
}

// quoted writes a string of JSON (RFC 8259, section 7).
func quoted(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text { // bytes that are not UTF-8 become U+FFFD
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ':
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
