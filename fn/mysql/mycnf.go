package mysql

import "strings"

// FormatOption renders one line of my.cnf, without its newline. A nil value is a
// bare option. mysys/my_default.cc reads back exactly name and value:
//
//   - it ends a line at # outside quotes, so # needs quotes;
//   - it trims what latin1 calls a space, which includes the byte 0xA0, the last
//     one of "à" in UTF-8: so all that is not ASCII gets quotes;
//   - it undoes \n \t \r \b \s \" \' \\, quoted or not, so a backslash is doubled.
//
// Control characters other than those four cannot be written; [Check] refuses all.
func FormatOption(name string, value *string) string {
	if value == nil {
		return name
	}
	if plain(*value) {
		return name + "=" + *value
	}
	b := make([]byte, 0, len(name)+len(*value)+8)
	b = append(append(b, name...), '=', '"')
	for i := range len(*value) {
		switch c := (*value)[i]; c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, `\n`...)
		case '\t':
			b = append(b, `\t`...)
		case '\r':
			b = append(b, `\r`...)
		case '\b':
			b = append(b, `\b`...)
		default:
			b = append(b, c)
		}
	}
	return string(append(b, '"'))
}

// plain reports whether a value stands for itself.
func plain(value string) bool {
	if strings.HasPrefix(value, " ") || strings.HasSuffix(value, " ") {
		return false
	}
	for i := range len(value) {
		switch c := value[i]; {
		case c < ' ' || c > '~', c == '#', c == '"', c == '\'', c == '\\':
			return false
		}
	}
	return true
}
