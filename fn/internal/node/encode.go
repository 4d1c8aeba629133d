package node

import (
	"bytes"
	"strings"

	"go.yaml.in/yaml/v3"
)

const indentWidth = 2

// longestKey is how many bytes a key may have before yaml.v3 writes it in a form
// of its own, as "? key".
const longestKey = 100

// Encode appends a document to b, in the format of kyaml and kpt.
//
// What a set renders to is plain block YAML with comments and long scripts, and
// writing that is a matter of copying lines. yaml.v3's emitter looks at each of its
// characters many times over and takes as long for one set as the rest of the
// program does from start to exit. So documents that are plain in that sense are
// written here, byte for byte as yaml.v3 would (a test compares the two on all
// that the project renders), and every other document by yaml.v3 itself.
func Encode(b *bytes.Buffer, document *yaml.Node) error {
	if document.Kind == yaml.MappingNode && isPlain(document) {
		b.Grow(sizeOf(document))
		encodeMapping(b, document, 0, false)
		return nil
	}
	encoder := yaml.NewEncoder(b)
	encoder.SetIndent(indentWidth)
	encoder.CompactSeqIndent()
	if err := encoder.Encode(document); err != nil {
		return err
	}
	return encoder.Close()
}

// sizeOf estimates how long a node is when it is written: its text, with an eighth more
// for the indentation of scripts.
func sizeOf(n *yaml.Node) int {
	size := 16 + len(n.Value) + len(n.Value)/8
	for _, child := range n.Content {
		size += sizeOf(child)
	}
	return size
}

// isPlain reports whether encode writes the node as yaml.v3 would.
func isPlain(n *yaml.Node) bool {
	if n.Anchor != "" || n.LineComment != "" || n.FootComment != "" {
		return false
	}
	switch n.Kind {
	case yaml.ScalarNode:
		return isPlainScalar(n)
	case yaml.SequenceNode:
		flow := n.Style&yaml.FlowStyle != 0
		for _, element := range n.Content {
			if !isPlain(element) || isBlock(element) ||
				flow && (element.Kind != yaml.ScalarNode || element.HeadComment != "") ||
				element.Kind == yaml.SequenceNode ||
				element.Kind == yaml.MappingNode && len(element.Content) == 0 {
				return false
			}
		}
		return (n.Style == 0 && len(n.Content) > 0 || flow) && n.Tag == "!!seq"
	case yaml.MappingNode:
		for i := 0; i < len(n.Content); i += 2 {
			key, v := n.Content[i], n.Content[i+1]
			if key.Kind != yaml.ScalarNode || len(key.Value) > longestKey || isBlock(key) || !isPlain(key) || v.HeadComment != "" || !isPlain(v) {
				return false
			}
		}
		return (n.Style == 0 || n.Style == yaml.FlowStyle && len(n.Content) == 0) && n.Tag == "!!map"
	}
	return false
}

func isPlainScalar(n *yaml.Node) bool {
	switch {
	case n.Tag == intTag || n.Tag == "!!bool":
		return n.Style == 0 && isWord(n.Value)
	case n.Tag != stringTag:
		return false
	case isBlock(n):
		return n.Style&^yaml.LiteralStyle == 0 && isPlainBlock(n.Value)
	case n.Style == yaml.DoubleQuotedStyle:
		return !strings.ContainsFunc(n.Value, func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' })
	}
	return n.Style == 0 && isPlainText(n.Value)
}

// isBlock reports whether a scalar is written as lines of their own, after a |.
func isBlock(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) == 0 &&
		(n.Style&yaml.LiteralStyle != 0 || strings.Contains(n.Value, "\n"))
}

// isPlainBlock reports whether text can stand after a | without an indentation
// indicator, and whether yaml.v3 would put it there.
func isPlainBlock(text string) bool {
	if text == "" || strings.IndexByte(" \t\n", text[0]) >= 0 || text[len(text)-1] == ' ' {
		return false
	}
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c < ' ' && c != '\n' && c != '\t' || c > '~' || c == ' ' && text[i+1] == '\n' {
			return false
		}
	}
	return true
}

// isWord reports whether value has only letters, digits and signs that never need
// quotes, whatever their order.
func isWord(value string) bool {
	for i := 0; i < len(value); i++ {
		if !isWordByte(value[i]) {
			return false
		}
	}
	return value != ""
}

func isWordByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '.' || c == '/' || c == '_' || c == '-'
}

// isPlainText reports whether value needs no quotes for certain: words, single
// spaces and colons within, and nothing that could be a number, a date, a boolean
// or null.
func isPlainText(value string) bool {
	if value == "" || value[0] == '-' || value[0] == ':' || value[len(value)-1] == ':' || strings.HasPrefix(value, "...") {
		return false
	}
	typed := true // whether it could be of another type than string
	for i := 0; i < len(value); i++ {
		c := value[i]
		switch {
		case c == ' ':
			if i == 0 || i == len(value)-1 || value[i-1] == ' ' || value[i-1] == ':' {
				return false
			}
		case c == ':':
		case !isWordByte(c):
			return false
		default:
			// Numbers and dates have none of these letters; .inf is a keyword.
			if strings.IndexByte("ghijklmpqrsuvwyGHIJKLMPQRSUVWY/", c) >= 0 {
				typed = false
			}
		}
	}
	if !typed {
		return !isKeyword(value)
	}
	return value[0] != '.' && !('0' <= value[0] && value[0] <= '9') && !isKeyword(value)
}

// isKeyword reports whether value is one of YAML's words for true, false, null and
// infinity, of version 1.1 as well.
func isKeyword(value string) bool {
	if len(value) > 5 {
		return false
	}
	switch strings.ToLower(value) {
	case "true", "false", "null", "yes", "no", "on", "off", "y", "n", ".inf":
		return true
	}
	return false
}

// encodeMapping writes the keys of a mapping, each on a line. If inline is set,
// the first one goes on after the dash of a sequence.
func encodeMapping(b *bytes.Buffer, n *yaml.Node, indent int, inline bool) {
	for i := 0; i < len(n.Content); i += 2 {
		key, v := n.Content[i], n.Content[i+1]
		if !inline || i > 0 {
			writeIndent(b, indent)
		}
		if key.HeadComment != "" {
			encodeComment(b, key.HeadComment, indent)
			writeIndent(b, indent)
		}
		encodeScalar(b, key)
		b.WriteByte(':')
		switch {
		case isBlock(v):
			encodeBlock(b, v.Value, indent+indentWidth)
		case v.Kind == yaml.ScalarNode:
			b.WriteByte(' ')
			encodeScalar(b, v)
			b.WriteByte('\n')
		case v.Kind == yaml.MappingNode && len(v.Content) == 0:
			b.WriteString(" {}\n")
		case v.Kind == yaml.MappingNode:
			b.WriteByte('\n')
			encodeMapping(b, v, indent+indentWidth, false)
		case v.Style&yaml.FlowStyle != 0:
			encodeFlow(b, v)
		default:
			b.WriteByte('\n')
			encodeSequence(b, v, indent)
		}
	}
}

// encodeSequence writes elements with their dashes below their key, not indented,
// as kpt does.
func encodeSequence(b *bytes.Buffer, n *yaml.Node, indent int) {
	for _, element := range n.Content {
		writeIndent(b, indent)
		if element.HeadComment != "" {
			encodeComment(b, element.HeadComment, indent)
			writeIndent(b, indent)
		}
		b.WriteString("- ")
		if element.Kind == yaml.MappingNode {
			encodeMapping(b, element, indent+indentWidth, true)
			continue
		}
		encodeScalar(b, element)
		b.WriteByte('\n')
	}
}

func encodeFlow(b *bytes.Buffer, n *yaml.Node) {
	b.WriteString(" [")
	for i, element := range n.Content {
		if i > 0 {
			b.WriteString(", ")
		}
		encodeScalar(b, element)
	}
	b.WriteString("]\n")
}

func encodeScalar(b *bytes.Buffer, n *yaml.Node) {
	if n.Style&yaml.DoubleQuotedStyle != 0 {
		b.WriteByte('"')
		b.WriteString(n.Value)
		b.WriteByte('"')
		return
	}
	b.WriteString(n.Value)
}

// encodeBlock writes text after a |, with the sign that tells how it ends.
func encodeBlock(b *bytes.Buffer, text string, indent int) {
	b.WriteString(" |")
	switch {
	case !strings.HasSuffix(text, "\n"):
		b.WriteByte('-')
	case strings.HasSuffix(text, "\n\n"):
		b.WriteByte('+')
	}
	b.WriteByte('\n')
	for line := range strings.Lines(text) {
		if line != "\n" {
			writeIndent(b, indent)
		}
		b.WriteString(line)
	}
	if !strings.HasSuffix(text, "\n") {
		b.WriteByte('\n')
	}
}

// encodeComment writes the lines of a comment where the first is indented already.
func encodeComment(b *bytes.Buffer, comment string, indent int) {
	for i, line := range strings.Split(comment, "\n") {
		if i > 0 {
			writeIndent(b, indent)
		}
		b.WriteString(line)
		b.WriteByte('\n')
	}
}

func writeIndent(b *bytes.Buffer, width int) {
	const spaces = "                                "
	for width > len(spaces) {
		b.WriteString(spaces)
		width -= len(spaces)
	}
	b.WriteString(spaces[:width])
}
