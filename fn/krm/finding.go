package krm

import (
	"errors"
	"slices"
	"strings"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
)

// Severity of a [Finding], as a ResourceList's results have it.
type Severity string

// The severities. An error means that nothing is rendered.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Info    Severity = "info"
)

// Finding is one thing to tell about the input.
type Finding struct {
	Severity Severity
	// Source is the document that it is about.
	Source Source
	v1alpha1.Problem
}

// String is the finding in one line, or in several of which all but the first
// are indented: severity, file, resource, field and message, as far as known.
func (f Finding) String() string {
	parts := []string{string(f.Severity)}
	for _, part := range []string{f.Source.String(), f.Problem.String()} {
		if part != "" {
			parts = append(parts, strings.ReplaceAll(part, "\n", "\n  "))
		}
	}
	return strings.Join(parts, ": ")
}

// Findings are all that is to be told.
type Findings []Finding

// Failed reports whether there is an error among the findings.
func (fs Findings) Failed() bool {
	return slices.ContainsFunc(fs, func(f Finding) bool { return f.Severity == Error })
}

// Err returns the errors among the findings as one error with a line for each, or
// nil if there are none.
func (fs Findings) Err() error {
	var errs []error
	for _, f := range fs {
		if f.Severity == Error {
			errs = append(errs, errors.New(strings.TrimPrefix(f.String(), string(Error)+": ")))
		}
	}
	return errors.Join(errs...)
}

// String has a line for each finding.
func (fs Findings) String() string {
	var b strings.Builder
	for _, f := range fs {
		b.WriteString(f.String())
		b.WriteByte('\n')
	}
	return b.String()
}

func (fs *Findings) add(severity Severity, source Source, problems ...v1alpha1.Problem) {
	for _, p := range problems {
		*fs = append(*fs, Finding{severity, source, p})
	}
}

// fail adds an error.
func (fs *Findings) fail(source Source, field, message string) {
	fs.add(Error, source, v1alpha1.Problem{Field: field, Message: message})
}

// Failure is one error about a file, or about all of the input if the name is
// empty.
func Failure(file, message string) Findings {
	var found Findings
	found.fail(Source{File: file}, "", message)
	return found
}

// failure is a report of one error and nothing else.
func failure(message string) Report { return Report{Findings: Failure("", message)} }
