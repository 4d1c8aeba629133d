package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"mysqlreplicaset.dev/fn/krm"
)

// pluginVariable is in the environment of kustomize's exec plugins.
const pluginVariable = "KUSTOMIZE_PLUGIN_CONFIG_ROOT"

// runHost renders. Without files, standard input tells who is calling: kustomize
// and kpt send a ResourceList to a function, anybody else sends sets.
func (p *program) runHost(files []string) int {
	if len(files) > 0 {
		documents, found := p.read(files...)
		return p.runStream(documents, found)
	}
	if isTerminal(p.stdin) {
		return p.misuse("give a file, or something on standard input")
	}
	documents, found := p.read("-")
	switch {
	case !krm.IsResourceList(documents):
		return p.runStream(documents, found)
	case found.Failed(): // half a ResourceList
		return p.report(krm.Report{Findings: found})
	default:
		return p.report(krm.Function(documents, os.ReadFile))
	}
}

// runStream renders sets. What could not be read is reported with what is wrong
// with the rest, unless there is no rest.
func (p *program) runStream(documents []krm.Document, found krm.Findings) int {
	report := krm.Report{Findings: found}
	switch {
	case !found.Failed():
		report = krm.Stream(documents)
	case len(documents) > 0:
		report.Findings = append(found, krm.Stream(documents).Findings...)
	}
	return p.report(report)
}

// runPlugin is kustomize's exec plugin. Arguments after the file would be its
// argsOneLiner, which there is no use for.
func (p *program) runPlugin(args []string) int {
	if len(args) != 1 {
		return p.misuse(fmt.Sprintf("found %d arguments, but as a kustomize plugin this takes its configuration file only", len(args)))
	}
	config, found := p.read(args[0])
	resources, wrong := p.read("-")
	if found = append(found, wrong...); found.Failed() {
		return p.report(krm.Report{Findings: found})
	}
	return p.report(krm.Plugin(config, resources, os.ReadFile))
}

// read parses files, - being standard input.
func (p *program) read(files ...string) (documents []krm.Document, found krm.Findings) {
	for _, file := range files {
		name, data, err := p.load(file)
		if err != nil {
			found = append(found, krm.Failure(name, err.Error())...)
			continue
		}
		more, wrong := krm.Read(name, data)
		documents = append(documents, more...)
		found = append(found, wrong...)
	}
	return documents, found
}

func (p *program) load(file string) (name string, data []byte, err error) {
	if file == "-" {
		data, err = io.ReadAll(p.stdin)
		return "", data, err
	}
	data, err = os.ReadFile(file)
	var pathError *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist) && filepath.Base(file) == file && filepath.Ext(file) == "":
		err = errors.New("no such file, and no command of that name; see mysqlreplicaset --help")
	case errors.As(err, &pathError):
		err = pathError.Err // the message begins with the name already
	}
	return file, data, err
}

// report writes what came of a run, all of it at once.
func (p *program) report(r krm.Report) int {
	io.WriteString(p.stderr, r.Findings.String())
	if len(r.Output) > 0 {
		if _, err := p.stdout.Write(r.Output); err != nil {
			return p.fail(err.Error())
		}
	}
	if r.Findings.Failed() {
		return failed
	}
	return succeeded
}

func (p *program) print(text string) int {
	if _, err := io.WriteString(p.stdout, text); err != nil {
		return p.fail(err.Error())
	}
	return succeeded
}

func (p *program) fail(message string) int {
	fmt.Fprintf(p.stderr, "error: %s\n", message)
	return failed
}

// isTerminal reports whether somebody would have to type the input. /dev/null is a
// character device too, but an empty input.
func isTerminal(r io.Reader) bool {
	file, ok := r.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}
