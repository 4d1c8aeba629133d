package mysql

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestFormatOption(t *testing.T) {
	for _, test := range []struct {
		reason string
		value  *string
		want   string
	}{
		{"bare", nil, "o"},
		{"empty", new(""), "o="},
		{"a word", new("ON"), "o=ON"},
		{"spaces inside", new("SET NAMES utf8mb4; SET x=1"), "o=SET NAMES utf8mb4; SET x=1"},
		{"spaces outside", new(" x "), `o=" x "`},
		{"a comment sign", new("a#b"), `o="a#b"`},
		{"quotes", new(`it's "x"`), `o="it's \"x\""`},
		{"a backslash", new(`\n`), `o="\\n"`},
		{"ends in what latin1 calls a space", new("à"), `o="à"`},
		{"a line break, which Check refuses", new("a\nb"), `o="a\nb"`},
	} {
		assert.Equal(t, test.want, FormatOption("o", test.value), test.reason)
	}
}

func FuzzFormatOption(f *testing.F) {
	for _, value := range []string{"", "ON", " x", "x ", "#", `\`, `\\`, `"`, `'`, `'"`, `a\"#b`, `'a'`, `"a"`, `\s`, "à", "=", "[x]", "!include x", ";x", "\u00a0"} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if valueProblem("o", &value) != "" {
			return
		}
		line := FormatOption("o", &value)
		assert.Equal(t, []string{"--o=" + value}, readCnf("[mysqld]\n"+line+"\n"))
	})
}

// readCnf is search_default_file_with_ext of mysys/my_default.cc for one group:
// the arguments that mysqld gets.
func readCnf(file string) (args []string) {
	for file != "" {
		var line string
		line, file = fgets(file, 4095)
		for line != "" && isSpace(line[0]) {
			line = line[1:]
		}
		if line == "" || strings.ContainsRune("#;![", rune(line[0])) {
			continue
		}
		line = removeEndComment(line)
		name, value, has := strings.Cut(line, "=")
		name = trimRight(name)
		if !has {
			args = append(args, "--"+name)
			continue
		}
		for value != "" && isSpace(value[0]) {
			value = value[1:]
		}
		value = trimRight(value)
		if n := len(value); n > 1 && (value[0] == '"' || value[0] == '\'') && value[0] == value[n-1] {
			value = value[1 : n-1]
		}
		args = append(args, "--"+name+"="+unescape(value))
	}
	return args
}

// fgets reads a line of at most size-1 bytes; the rest is the next "line".
func fgets(file string, size int) (line, rest string) {
	n := strings.IndexByte(file, '\n') + 1
	if n == 0 {
		n = len(file)
	}
	n = min(n, size-1)
	return file[:n], file[n:]
}

// isSpace is my_isspace of latin1.
func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' || c == 0xa0 }

func trimRight(s string) string {
	for s != "" && isSpace(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

func removeEndComment(s string) string {
	var quote byte
	escape := false
	for i := range len(s) {
		c := s[i]
		if (c == '\'' || c == '"') && !escape {
			if quote == 0 {
				quote = c
			} else if quote == c {
				quote = 0
			}
		}
		if quote == 0 && c == '#' {
			return s[:i]
		}
		escape = quote != 0 && c == '\\' && !escape
	}
	return s
}

func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i == len(s)-1 {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch s[i] {
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case 'r':
			b.WriteByte('\r')
		case 'b':
			b.WriteByte('\b')
		case 's':
			b.WriteByte(' ')
		case '"', '\'', '\\':
			b.WriteByte(s[i])
		default:
			b.WriteString(s[i-1 : i+1])
		}
	}
	return b.String()
}
