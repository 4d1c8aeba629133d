package docs

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

var (
	fenced  = regexp.MustCompile("(?ms)^```.*?^```$")
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ +(.*)$`)
	linked  = regexp.MustCompile(`\[([^]]*)\]\([^)]*\)`)
	notSlug = regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
)

// BrokenLinks are those of all pages that lead to no file, or to no heading of it.
func BrokenLinks(root string) (broken []string, err error) {
	pages, err := Pages(root)
	if err != nil {
		return nil, err
	}
	for _, page := range pages {
		text, err := prose(filepath.Join(root, page.Path))
		if err != nil {
			return nil, err
		}
		for _, match := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(match[1], "://") {
				continue
			}
			path, anchor, _ := strings.Cut(match[1], "#")
			target := filepath.Join(root, page.Path)
			if path != "" {
				target = filepath.Join(root, filepath.Dir(page.Path), path)
			}
			if _, err := os.Stat(target); err != nil {
				broken = append(broken, fmt.Sprintf("%s: %s", page.Path, match[1]))
				continue
			}
			if anchor == "" {
				continue
			}
			there, err := anchors(target)
			if err != nil {
				return nil, err
			}
			if !slices.Contains(there, anchor) {
				broken = append(broken, fmt.Sprintf("%s: %s", page.Path, match[1]))
			}
		}
	}
	return broken, nil
}

// prose is a page without its blocks.
func prose(path string) (string, error) {
	text, err := os.ReadFile(path)
	return fenced.ReplaceAllString(string(text), ""), err
}

// anchors are those that GitHub gives to a page's headings.
func anchors(path string) (anchors []string, err error) {
	text, err := prose(path)
	seen := map[string]int{}
	for _, match := range heading.FindAllStringSubmatch(text, -1) {
		title := linked.ReplaceAllString(match[1], "$1")
		anchor := strings.ReplaceAll(notSlug.ReplaceAllString(strings.ToLower(strings.TrimSpace(title)), ""), " ", "-")
		seen[anchor]++
		if n := seen[anchor]; n > 1 {
			anchor = fmt.Sprintf("%s-%d", anchor, n-1)
		}
		anchors = append(anchors, anchor)
	}
	return anchors, err
}
