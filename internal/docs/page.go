// Package docs runs the commands of the project's pages, each as it is written there.
//
// The info string of a fenced block says what becomes of it:
//
//	sh                   run, in the order of the page, in one bash
//	console              the same, and what it prints is compared; ... stands for any text
//	sh cluster           run on a cluster only, by make e2e
//	sh container         run with a container engine only, by make test-image
//	sh argocd            run where Argo CD is only, by make e2e-argocd
//	sh elsewhere: WHY    not run
//	yaml and so on       a file, if the line before ends in `its name`: or the first
//	                     line is a comment with its name
package docs

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Page is a Markdown file.
type Page struct {
	// Path is relative to the repository.
	Path   string
	Blocks []Block
}

// Block is a fenced block of a page.
type Block struct {
	Line     int
	Language string
	// Where it is run: empty is everywhere.
	Where string
	// Why it is run elsewhere.
	Why  string
	Text string
	// File is what the text is written to, if anything.
	File string
}

// Places where blocks are run. The reader of a page has some of them.
const (
	Cluster   = "cluster"
	Container = "container"
	ArgoCD    = "argocd"
	Elsewhere = "elsewhere"
)

// What a block may be, beside a command.
var data = []string{"diff", "go", "json", "lua", "mermaid", "toml", "yaml"}

// Pages are all of the repository.
func Pages(root string) (pages []Page, err error) {
	err = filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && slices.Contains([]string{".git", ".tools", "bin", "dist", "testdata"}, entry.Name()) {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".md" {
			return nil
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		page, err := ReadPage(root, relative)
		pages = append(pages, page)
		return err
	})
	return pages, err
}

// ReadPage reads one page of the repository.
func ReadPage(root, path string) (Page, error) {
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		return Page{}, err
	}
	return parse(path, string(text))
}

var (
	named   = regexp.MustCompile("`([\\w./-]+\\.\\w+|[\\w./-]*Kptfile)`:$")
	comment = regexp.MustCompile(`^# ([\w./-]+\.ya?ml)\n`)
)

func parse(path, text string) (page Page, err error) {
	page.Path = path
	var block *Block
	var before string // the last line with text, outside of blocks
	for i, line := range strings.Split(text, "\n") {
		info, fence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case fence && !strings.HasPrefix(line, "```"):
			return page, fmt.Errorf("%s:%d: a block that is indented", path, i+1)
		case block == nil && fence:
			if block, err = newBlock(info); err != nil {
				return page, fmt.Errorf("%s:%d: %w", path, i+1, err)
			}
			block.Line = i + 1
			if match := named.FindStringSubmatch(before); match != nil && !block.command() {
				block.File = match[1]
			}
		case fence:
			if match := comment.FindStringSubmatch(block.Text); match != nil && !block.command() {
				block.File = match[1]
			}
			page.Blocks = append(page.Blocks, *block)
			block, before = nil, ""
		case block != nil:
			block.Text += line + "\n"
		case line != "":
			before = line
		}
	}
	if block != nil {
		return page, fmt.Errorf("%s:%d: a block without an end", path, block.Line)
	}
	return page, nil
}

func newBlock(info string) (*Block, error) {
	language, where, _ := strings.Cut(info, " ")
	block := &Block{Language: language, Where: where}
	if why, ok := strings.CutPrefix(where, Elsewhere+": "); ok {
		block.Where, block.Why = Elsewhere, why
	}
	switch {
	case block.command() && (block.Where == Elsewhere) != (block.Why != ""):
		return nil, fmt.Errorf("%q: say why it is run elsewhere", info)
	case block.command() && slices.Contains([]string{"", Cluster, Container, ArgoCD, Elsewhere}, block.Where),
		slices.Contains(data, language) && where == "":
		return block, nil
	}
	return nil, fmt.Errorf("%q: commands are sh or console, of everywhere, cluster, container, argocd or elsewhere: WHY", info)
}

func (b Block) command() bool { return b.Language == "sh" || b.Language == "console" }
