// Command bench measures the program as whole processes, side by side with what
// it is compared to, and prints ratios of medians with their pass marks: single
// times mean little on a machine that others use as well. Run it with `make bench`,
// which builds what it needs. Exit status 1 if a mark is missed.
package main

import (
	"bytes"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

const set = `apiVersion: mysqlreplicaset.dev/v1alpha1
kind: MySQLReplicaSet
metadata:
  name: mysql%s
`

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: bench BIN_DIRECTORY KUSTOMIZE (run it with `make bench`)")
	}
	b := &bench{bin: os.Args[1], kustomize: os.Args[2]}
	var err error
	if b.scratch, err = os.MkdirTemp("", "bench"); err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(b.scratch)
	b.oneSet()
	b.overKustomize()
	b.manySets()
	b.overHelm()
	if b.missed {
		os.RemoveAll(b.scratch)
		os.Exit(1)
	}
}

type bench struct {
	bin, kustomize, scratch string
	missed                  bool
}

// program is one side of a comparison.
type program struct {
	name  string
	args  []string
	env   []string
	input []byte
}

func (b *bench) program(name string, input []byte, args ...string) program {
	return program{name: name, input: input, args: append([]string{filepath.Join(b.bin, name)}, args...)}
}

// result is the median time of a program and its highest memory.
type result struct {
	median time.Duration
	peak   int64 // bytes
}

// compare runs programs in turn, so that a slow spell hits all of them.
func (b *bench) compare(runs int, programs ...program) []result {
	times := make([][]time.Duration, len(programs))
	results := make([]result, len(programs))
	for run := range runs + 2 {
		for i, p := range programs {
			took, peak := b.run(p)
			if run < 2 { // warming up
				continue
			}
			times[i] = append(times[i], took)
			results[i].peak = max(results[i].peak, peak)
		}
	}
	for i := range times {
		slices.Sort(times[i])
		results[i].median = times[i][runs/2]
	}
	return results
}

func (b *bench) run(p program) (time.Duration, int64) {
	// Files, not pipes: no copying goroutine of ours takes part.
	in, err := os.Create(filepath.Join(b.scratch, "in"))
	must(err)
	defer in.Close()
	_, err = in.Write(p.input)
	must(err)
	_, err = in.Seek(0, 0)
	must(err)
	out, err := os.Create(filepath.Join(b.scratch, "out"))
	must(err)
	defer out.Close()

	var complaint bytes.Buffer
	command := exec.Command(p.args[0], p.args[1:]...)
	command.Stdin, command.Stdout, command.Stderr = in, out, &complaint
	command.Env = append(os.Environ(), p.env...)
	start := time.Now()
	err = command.Run()
	took := time.Since(start)
	if err != nil {
		log.Fatalf("%s: %v: %s", strings.Join(p.args, " "), err, complaint.String())
	}
	return took, command.ProcessState.SysUsage().(*syscall.Rusage).Maxrss * 1024
}

func (b *bench) output(p program) []byte {
	b.run(p)
	text, err := os.ReadFile(filepath.Join(b.scratch, "out"))
	must(err)
	return text
}

// mark prints one comparison and whether it is within its bound.
func (b *bench) mark(what string, value, bound float64, detail string) {
	verdict := "pass"
	if value > bound {
		verdict, b.missed = "MISSED", true
	}
	fmt.Printf("%-6s  %5.2f of at most %5.2f  %s (%s)\n", verdict, value, bound, what, detail)
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }

func (b *bench) oneSet() {
	input := fmt.Appendf(nil, set, "")
	r := b.compare(200, b.program("mysqlreplicaset", input), b.program("cat", input))
	b.mark("times a program that copies its input: one set, start to exit", ratio(r[0].median, r[1].median), 2,
		fmt.Sprintf("%v, %v", r[0].median, r[1].median))
	b.mark("MiB at the peak: one set", float64(r[0].peak)/(1<<20), 16, "the program that copies: "+fmt.Sprintf("%.2f", float64(r[1].peak)/(1<<20)))
}

func (b *bench) overKustomize() {
	home := filepath.Join(b.scratch, "plugins")
	b.run(b.program("mysqlreplicaset", nil, "install", home))
	plugin, plain := filepath.Join(b.scratch, "plugin"), filepath.Join(b.scratch, "plain")
	input := fmt.Appendf(nil, set, "")
	write(filepath.Join(plugin, "set.yaml"), input)
	write(filepath.Join(plugin, "kustomization.yaml"), []byte("generators: [set.yaml]\n"))
	write(filepath.Join(plain, "resources.yaml"), b.output(b.program("mysqlreplicaset", input)))
	write(filepath.Join(plain, "kustomization.yaml"), []byte("resources: [resources.yaml]\n"))
	r := b.compare(40,
		program{name: "plugin", args: []string{b.kustomize, "build", "--enable-alpha-plugins", plugin}, env: []string{"KUSTOMIZE_PLUGIN_HOME=" + home}},
		program{name: "plain", args: []string{b.kustomize, "build", plain}})
	b.mark("times a build of the same resources as files: kustomize build with the plugin", ratio(r[0].median, r[1].median), 2,
		fmt.Sprintf("%v, %v", r[0].median, r[1].median))
}

func (b *bench) manySets() {
	few, many := resourceList(100), resourceList(1000)
	output := b.output(b.program("mysqlreplicaset", many))
	r := b.compare(5, b.program("mysqlreplicaset", few), b.program("mysqlreplicaset", many), b.program("kyaml", output))
	b.mark("times the cost of a set among 100: a set among 1,000", ratio(r[1].median/10, r[0].median), 1.2,
		fmt.Sprintf("%v, %v a set", r[1].median/1000, r[0].median/100))
	b.mark("times kyaml's reading and writing of the output: 1,000 sets", ratio(r[1].median, r[2].median), 1,
		fmt.Sprintf("%v, %v", r[1].median, r[2].median))
}

// overHelm compares with a chart of the user's choice, without a mark.
func (b *bench) overHelm() {
	helm, err := exec.LookPath("helm")
	chart := os.Getenv("HELM_CHART")
	switch {
	case err != nil:
		fmt.Println("        helm is not installed: no comparison with a chart")
		return
	case chart == "":
		fmt.Println("        HELM_CHART=CHART make bench compares with `helm template` of that chart")
		return
	}
	r := b.compare(10, b.program("mysqlreplicaset", fmt.Appendf(nil, set, "")),
		program{name: "helm", args: []string{helm, "template", "mysql", chart}})
	fmt.Printf("        %5.2f times `helm template` of %s (%v, %v)\n", ratio(r[0].median, r[1].median), chart, r[0].median, r[1].median)
}

// resourceList is the input of a function: n sets and what expands them.
func resourceList(n int) []byte {
	var b bytes.Buffer
	b.WriteString("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig:\n  apiVersion: mysqlreplicaset.dev/v1alpha1\n  kind: MySQLReplicaSetTransformer\n  metadata:\n    name: expand\nitems:\n")
	for i := range n {
		item := strings.ReplaceAll(strings.TrimSuffix(fmt.Sprintf(set, fmt.Sprint(i)), "\n"), "\n", "\n  ")
		b.WriteString("- " + item + "\n")
	}
	return b.Bytes()
}

func write(path string, text []byte) {
	must(os.MkdirAll(filepath.Dir(path), 0o755))
	must(os.WriteFile(path, text, 0o644))
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
