package main

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mysqlreplicaset.dev/fn/api/v1alpha1"
)

const (
	mysql      = "apiVersion: mysqlreplicaset.dev/v1alpha1\nkind: MySQLReplicaSet\nmetadata:\n  name: mysql\nspec: {}\n"
	orders     = "apiVersion: mysqlreplicaset.dev/v1alpha1\nkind: MySQLReplicaSet\nmetadata:\n  name: orders\nspec:\n  version: \"5.7\"\n"
	broken     = "apiVersion: mysqlreplicaset.dev/v1alpha1\nkind: MySQLReplicaSet\nmetadata:\n  name: broken\nspec:\n  replicas: 0\n"
	deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n"
	expand     = "apiVersion: mysqlreplicaset.dev/v1alpha1\nkind: MySQLReplicaSetTransformer\nmetadata:\n  name: expand\n"
	list       = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []\n"
)

// TestMain lets the test binary be the program, since install copies the program
// that runs.
func TestMain(m *testing.M) {
	if os.Getenv("RUN_AS_MYSQLREPLICASET") != "" {
		main()
	}
	os.Exit(m.Run())
}

// outcome is all that one sees of a run.
type outcome struct {
	code           int
	stdout, stderr string
}

func run(env map[string]string, stdin io.Reader, args ...string) outcome {
	var stdout, stderr strings.Builder
	p := &program{func(key string) string { return env[key] }, stdin, &stdout, &stderr}
	code := p.run(args)
	return outcome{code, stdout.String(), stderr.String()}
}

// in changes to a directory with the given files.
func in(t *testing.T, files map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range files {
		require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
	}
}

var asPlugin = map[string]string{"KUSTOMIZE_PLUGIN_CONFIG_ROOT": "/base"}

// Every error: one line each, its exit code, and nothing on standard output.
func TestErrors(t *testing.T) {
	in(t, map[string]string{
		"mysql.yaml": mysql, "broken.yaml": broken, "web.yaml": deployment, "notyaml.yaml": "a: [\n", "expand.yaml": expand, "empty.yaml": "# nothing\n",
	})
	const expected = "expected MySQLReplicaSet of mysqlreplicaset.dev/v1alpha1"
	for _, test := range []struct {
		reason string
		env    map[string]string
		stdin  string
		args   []string
		code   int
		want   string
	}{
		{
			"empty input", nil, "", nil, failed,
			"error: the input is empty; give a MySQLReplicaSet of mysqlreplicaset.dev/v1alpha1, in a file or on standard input",
		},
		{
			"an empty file", nil, "",
			[]string{"empty.yaml"},
			failed,
			"error: the input is empty; give a MySQLReplicaSet of mysqlreplicaset.dev/v1alpha1, in a file or on standard input",
		},
		{
			"input that is no ResourceList", nil, deployment, nil, failed,
			"error: document 1, line 1: found kind Deployment of apps/v1, " + expected + " or a ResourceList",
		},
		{
			"a ResourceList of an unknown version", nil, strings.Replace(list, "/v1", "/v2", 1), nil, failed,
			`error: ResourceList: apiVersion: found "config.kubernetes.io/v2", expected config.kubernetes.io/v1`,
		},
		{
			"a missing functionConfig", nil, list, nil, failed,
			"error: ResourceList: functionConfig is missing, and there is no MySQLReplicaSet among the items; give a MySQLReplicaSet of mysqlreplicaset.dev/v1alpha1 as one of the two",
		},
		{
			"a functionConfig of a wrong kind", nil, list + "functionConfig: {apiVersion: apps/v1, kind: Deployment, metadata: {name: web}}\n", nil, failed,
			"error: functionConfig: found kind Deployment of apps/v1, expected MySQLReplicaSet, MySQLReplicaSetTransformer or MySQLReplicaSetDiff of mysqlreplicaset.dev/v1alpha1, or a ConfigMap without data",
		},
		{
			"a functionConfig of a wrong apiVersion", nil, list + "functionConfig: {apiVersion: mysqlreplicaset.dev/v2, kind: MySQLReplicaSet, metadata: {name: mysql}}\n", nil, failed,
			`error: MySQLReplicaSet mysql: apiVersion: found version "v2" of mysqlreplicaset.dev, but this program knows only v1alpha1; write mysqlreplicaset.dev/v1alpha1, or take a program that knows "v2"`,
		},
		{
			"a set of a wrong apiVersion", nil, strings.Replace(mysql, "mysqlreplicaset.dev/", "example.com/", 1), nil, failed,
			`error: MySQLReplicaSet mysql: apiVersion: found "example.com/v1alpha1", ` + strings.Replace(expected, "MySQLReplicaSet of ", "", 1),
		},
		{
			"all files are read, and all that is wrong is told", nil, broken,
			[]string{"no.yaml", "mysql.yaml", "notyaml.yaml", "broken.yaml", "web.yaml", "-", "."},
			failed,
			`error: no.yaml: no such file or directory
error: notyaml.yaml: not YAML: line 1: did not find expected node content
error: .: is a directory
error: broken.yaml: MySQLReplicaSet broken: spec.replicas: found 0, expected at least 1
error: web.yaml: document 1, line 1: found kind Deployment of apps/v1, ` + expected + `
error: MySQLReplicaSet broken: spec.replicas: found 0, expected at least 1
error: MySQLReplicaSet broken: metadata.name: given twice in broken.yaml; rename one of the two, or remove it`,
		},
		{
			"a mistyped command is taken for a file", nil, "",
			[]string{"isntall"},
			failed,
			"error: isntall: no such file, and no command of that name; see mysqlreplicaset --help",
		},
		{
			"a ResourceList that ends in the middle", nil, list + "---\na: [\n", nil, failed,
			"error: not YAML: line 5: did not find expected node content",
		},

		{
			"kustomize's plugin: a set with a problem", asPlugin, "",
			[]string{"broken.yaml"},
			failed,
			"error: MySQLReplicaSet broken: spec.replicas: found 0, expected at least 1",
		},
		{
			"kustomize's plugin: a configuration that cannot be read", asPlugin, "",
			[]string{"notyaml.yaml"},
			failed,
			"error: notyaml.yaml: not YAML: line 1: did not find expected node content",
		},
		{
			"kustomize's plugin: argsOneLiner", asPlugin, "",
			[]string{"mysql.yaml", "more"},
			misused,
			"error: found 2 arguments, but as a kustomize plugin this takes its configuration file only; see mysqlreplicaset --help",
		},

		{"diff: a file that is not there", nil, "", []string{"diff", "mysql.yaml", "no.yaml"}, failed, "error: no.yaml: no such file or directory"},
		{"diff: a set with a problem", nil, "", []string{"diff", "mysql.yaml", "broken.yaml"}, failed, "error: broken.yaml: MySQLReplicaSet broken: spec.replicas: found 0, expected at least 1"},
		{
			"diff: nothing at all, as after a git show that failed", nil, "",
			[]string{"diff", "-", "mysql.yaml"},
			failed,
			"error: OLD is empty; to compare with nothing, give an empty list: {kind: List, items: []}",
		},
		{
			"diff: no set on either side", nil, "",
			[]string{"diff", "web.yaml", "web.yaml"},
			failed,
			"error: found no set on either side: no StatefulSet whose pods have the annotation mysqlreplicaset.dev/config-checksum",
		},
		{
			"diff: a key given twice", nil, deployment + "metadata: {}\n",
			[]string{"diff", "mysql.yaml", "-"},
			failed,
			`error: new: line 5: mapping key "metadata" already defined at line 3`,
		},
		{"diff: one file", nil, "", []string{"diff", "mysql.yaml"}, misused, "error: accepts 2 arg(s), received 1; see mysqlreplicaset --help"},
		{"diff: standard input twice", nil, "", []string{"diff", "-", "-"}, misused, "error: OLD and NEW cannot both be standard input; see mysqlreplicaset --help"},
		{"diff: another form", nil, "", []string{"diff", "a", "b", "-o", "yaml"}, misused, `error: --output: found "yaml", allowed are text and json; see mysqlreplicaset --help`},

		{"an unknown flag", nil, mysql, []string{"--output", "x"}, misused, "error: unknown flag: --output; see mysqlreplicaset --help"},
		{"an unknown flag after files", nil, mysql, []string{"mysql.yaml", "-o"}, misused, "error: unknown shorthand flag: 'o' in -o; see mysqlreplicaset --help"},
		{"an unknown flag of a command", nil, "", []string{"install", "--force"}, misused, "error: unknown flag: --force; see mysqlreplicaset --help"},
		{"too many arguments", nil, "", []string{"install", "a", "b"}, misused, "error: accepts at most 1 arg(s), received 2; see mysqlreplicaset --help"},
		{"arguments where none are taken", nil, "", []string{"schema", "a"}, misused, `error: unknown command "a" for "mysqlreplicaset schema"; see mysqlreplicaset --help`},
		{"the same", nil, "", []string{"version", "a"}, misused, `error: unknown command "a" for "mysqlreplicaset version"; see mysqlreplicaset --help`},
		{
			"a field that is not there", nil, "",
			[]string{"explain", "spec.tls.secret"},
			misused,
			"error: spec.tls.secret: unknown field, allowed are secretName; did you mean secretName?",
		},
		{
			"a new directory with options that no spec may have", nil, "",
			[]string{"init", "new", "--version", "8.1", "--name", "a_b"},
			misused,
			`error: metadata.name: found "a_b", expected lower case letters, digits and dashes, with a letter first and a letter or digit last, such as a-b
error: spec.version: "8.1" was an innovation release and has ended; allowed are 5.7, 8.0 (from 8.0.23), 8.4, 9.7, 26.7; use "8.4", the long-term support series that followed it`,
		},
		{
			"nowhere to install to", nil, "",
			[]string{"install"},
			failed,
			"error: found none of KUSTOMIZE_PLUGIN_HOME, XDG_CONFIG_HOME and HOME in the environment; name the directory",
		},
	} {
		t.Run(test.reason, func(t *testing.T) {
			assert.Equal(t, outcome{test.code, "", test.want + "\n"}, run(test.env, strings.NewReader(test.stdin), test.args...))
		})
	}
}

// One program is several hosts. What it is given tells which.
func TestHosts(t *testing.T) {
	in(t, map[string]string{"mysql.yaml": mysql, "orders.yaml": orders, "expand.yaml": expand, "install": mysql, "-x": mysql})
	plain := run(nil, strings.NewReader(mysql))
	require.Equal(t, succeeded, plain.code)
	require.Empty(t, plain.stderr)
	require.Equal(t, 5, strings.Count(plain.stdout, "\nkind: "))

	for _, test := range []struct {
		reason string
		env    map[string]string
		stdin  string
		args   []string
	}{
		{"a file", nil, "", []string{"mysql.yaml"}},
		{"standard input by name", nil, mysql, []string{"-"}},
		{"a file that is named like a command", nil, "", []string{"./install"}},
		{"a file that is named like a flag", nil, "", []string{"--", "-x"}},
		{"a file that is named like a command, to kustomize", asPlugin, "", []string{"install"}},
		{"kustomize's plugin as a generator", asPlugin, "", []string{"mysql.yaml"}},
		{"the same input again", nil, mysql, nil},
	} {
		t.Run(test.reason, func(t *testing.T) {
			assert.Equal(t, plain, run(test.env, strings.NewReader(test.stdin), test.args...), "the same bytes from every host")
		})
	}

	t.Run("several files are one stream", func(t *testing.T) {
		both := run(nil, nil, "mysql.yaml", "orders.yaml")
		assert.Equal(t, succeeded, both.code, "a warning is no failure")
		assert.True(t, strings.HasPrefix(both.stdout, plain.stdout+"---\n"))
		assert.True(t, strings.HasPrefix(both.stderr, "warning: orders.yaml: MySQLReplicaSet orders: spec.version: "))
		assert.Equal(t, 1, strings.Count(both.stderr, "\n"))
	})
	t.Run("kustomize's plugin as a transformer", func(t *testing.T) {
		got := run(asPlugin, strings.NewReader(deployment+"---\n"+mysql), "expand.yaml")
		assert.Equal(t, succeeded, got.code)
		assert.True(t, strings.HasPrefix(got.stdout, deployment+"---\n"))
		assert.True(t, strings.HasSuffix(got.stdout, "---\n"+plain.stdout))
	})
	t.Run("a KRM function", func(t *testing.T) {
		got := run(nil, strings.NewReader(list+"functionConfig:\n  "+strings.ReplaceAll(strings.TrimSpace(mysql), "\n", "\n  ")+"\n"))
		assert.Equal(t, succeeded, got.code)
		assert.Empty(t, got.stderr)
		assert.True(t, strings.HasPrefix(got.stdout, "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n"))
	})
	t.Run("a KRM function whose set has a problem also answers, for kpt", func(t *testing.T) {
		got := run(nil, strings.NewReader(list+"functionConfig:\n  "+strings.ReplaceAll(strings.TrimSpace(broken), "\n", "\n  ")+"\n"))
		assert.Equal(t, failed, got.code)
		assert.Equal(t, "error: MySQLReplicaSet broken: spec.replicas: found 0, expected at least 1\n", got.stderr)
		assert.True(t, strings.HasPrefix(got.stdout, list+"functionConfig:\n"), "no item more")
		assert.Contains(t, got.stdout, "\nresults:\n- message: \"found 0, expected at least 1\"\n  severity: error\n")
	})
	t.Run("a closed pipe is not a success", func(t *testing.T) {
		r, w, err := os.Pipe()
		require.NoError(t, err)
		require.NoError(t, r.Close())
		require.NoError(t, w.Close())
		p := &program{func(string) string { return "" }, strings.NewReader(mysql), w, io.Discard}
		assert.Equal(t, failed, p.run(nil))
	})
	t.Run("a terminal, here another device, is a mistake on the command line", func(t *testing.T) {
		device, err := os.Open("/dev/zero")
		require.NoError(t, err)
		defer device.Close()
		assert.Equal(t, outcome{misused, "", "error: give a file, or something on standard input; see mysqlreplicaset --help\n"}, run(nil, device))
	})
	t.Run("/dev/null is an empty input and no terminal", func(t *testing.T) {
		null, err := os.Open(os.DevNull)
		require.NoError(t, err)
		defer null.Close()
		assert.Equal(t, failed, run(nil, null).code)
	})
}

// The exit code of diff is the worst level, and those of mistakes mean nothing else.
func TestDiff(t *testing.T) {
	with := func(spec string) string { return strings.Replace(mysql, "{}", spec, 1) }
	in(t, map[string]string{
		"mysql.yaml": mysql, "web.yaml": deployment + "---\n" + mysql,
		"more.yaml": with("{replicas: 5}"), "config.yaml": with("{config: {common: {max_connections: 90}}}"),
		"larger.yaml": with("{storage: {size: 20Gi}}"), "one.yaml": with("{replicas: 1}"),
	})
	for _, test := range []struct {
		new  string
		code int
		want string
	}{
		{"mysql.yaml", 0, "no change\n"},
		{"web.yaml", 0, "no change\n"},
		{"more.yaml", 0, "in all: safe (1 safe)\n"},
		{"config.yaml", 3, "in all: restart (1 restart)\n"},
		{"larger.yaml", 4, "in all: impossible (1 impossible)\n"},
		{"one.yaml", 5, "in all: dangerous (1 dangerous)\n"},
	} {
		got := run(nil, nil, "diff", "mysql.yaml", test.new)
		assert.Equal(t, test.code, got.code, test.new)
		assert.Empty(t, got.stderr)
		assert.True(t, strings.HasSuffix(got.stdout, test.want), got.stdout)

		asJSON := run(nil, strings.NewReader(mysql), "diff", "-", test.new, "--output=json")
		assert.Equal(t, test.code, asJSON.code, "the same in every form")
		assert.True(t, json.Valid([]byte(asJSON.stdout)), asJSON.stdout)
	}
	t.Run("resources, their set, and lists of them are the same", func(t *testing.T) {
		rendered := run(nil, strings.NewReader(mysql)).stdout
		list := "apiVersion: v1\nkind: List\nitems:\n- " + strings.ReplaceAll(strings.ReplaceAll(strings.TrimSpace(rendered), "\n", "\n  "), "\n  ---\n  ", "\n- ")
		for _, stdin := range []string{rendered, list, rendered + "---\n" + mysql} {
			assert.Equal(t, outcome{0, "no change\n", ""}, run(nil, strings.NewReader(stdin), "diff", "-", "mysql.yaml"))
		}
	})
}

func TestInfo(t *testing.T) {
	for args, want := range map[string]string{
		"--help":                       "\nUsage:\n  mysqlreplicaset [FILE...] ",
		"-h":                           "\nUsage:\n  mysqlreplicaset [FILE...] ",
		"help":                         "\nUsage:\n  mysqlreplicaset [FILE...] ",
		"help install":                 "\nUsage:\n  mysqlreplicaset install [DIR] [flags]\n",
		"install --help":               "\nUsage:\n  mysqlreplicaset install [DIR] [flags]\n",
		"help schema":                  "\nExamples:\n",
		"help version":                 "\nExamples:\n",
		"version":                      "mysqlreplicaset ",
		"explain tls":                  "\nFIELD: spec.tls <Object>\n",
		"explain --recursive spec.tls": "\nFIELDS:\n  secretName\t<string>\n",
		"--version":                    "\napi mysqlreplicaset.dev/v1alpha1\n",
		"schema":                       string(v1alpha1.Schema),
	} {
		t.Run(args, func(t *testing.T) {
			got := run(nil, nil, strings.Fields(args)...)
			assert.Equal(t, succeeded, got.code)
			assert.Empty(t, got.stderr)
			assert.Contains(t, got.stdout, want)
		})
	}
	for _, c := range (&program{}).command(new(int)).Commands() {
		assert.Contains(t, run(nil, nil, "--help").stdout, "\n  "+c.Name(), "the help lists every command")
		assert.NotEmpty(t, c.Example, c.Name())
	}
}

func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		got := run(nil, nil, "completion", shell)
		assert.Equal(t, succeeded, got.code)
		assert.Contains(t, got.stdout, "mysqlreplicaset")
	}
	for args, want := range map[string]string{
		"__complete ":                  "install\tCopy this program to where kustomize looks for its plugins\nschema\t",
		"__complete e":                 "explain\tExplain a field of the spec\n",
		"__complete mysql":             "yaml\nyml\njson\n:8\n", // files of these types
		"__complete init --version ":   "5.7\n8.0\n8.4\n9.7\n26.7\n:4\n",
		"__complete install ":          ":16\n", // directories
		"__complete explain spec.tls.": "spec.tls.secretName\tsecretName is a Secret of the type kubernetes.io/tls that also has ca.crt.\n:6\n",
		"__complete diff ":             "yaml\nyml\njson\n:8\n",
		"__complete diff -o ":          "text\njson\n:4\n",
	} {
		assert.Contains(t, run(nil, nil, strings.Split(args, " ")...).stdout, want, args)
	}
}

func TestInit(t *testing.T) {
	in(t, nil)
	got := run(nil, nil, "init", "it's new", "--version", "8.0")
	assert.Equal(t, succeeded, got.code)
	assert.True(t, strings.HasPrefix(got.stderr, "warning: spec.version: MySQL 8.0 has had no fixes since "), got.stderr)
	assert.True(t, strings.HasPrefix(got.stdout, "wrote it's new/README.md\nwrote it's new/base/kustomization.yaml\n"), got.stdout)
	assert.True(t, strings.HasSuffix(got.stdout, "\n  kustomize build --enable-alpha-plugins 'it'\\''s new/overlays/production'\n"), got.stdout)

	here := run(nil, nil, "init")
	assert.Equal(t, succeeded, here.code, "the current directory, and the default version")
	assert.Empty(t, here.stderr)

	require.NoError(t, os.WriteFile("base/set/mysql.yaml", []byte("mine"), 0o600))
	require.NoError(t, os.Remove("README.md"))
	again := run(nil, nil, "init")
	assert.Equal(t, failed, again.code)
	assert.Empty(t, again.stdout)
	assert.Contains(t, again.stderr, "error: found base/kustomization.yaml, base/set/kustomization.yaml, base/set/mysql.yaml, ")
	assert.NoFileExists(t, "README.md", "nothing is written")
	kept, err := os.ReadFile("base/set/mysql.yaml")
	require.NoError(t, err)
	assert.Equal(t, "mine", string(kept))
}

func TestInstall(t *testing.T) {
	program, err := os.Executable()
	require.NoError(t, err)
	home := filepath.Join(t.TempDir(), "it's here")
	command := exec.Command(program, "install", home)
	// An init container has neither a shell nor a home directory.
	command.Env = []string{"RUN_AS_MYSQLREPLICASET=1"}
	output, err := command.Output()
	require.NoError(t, err, string(output))
	generator := filepath.Join(home, "mysqlreplicaset.dev/v1alpha1/mysqlreplicaset/MySQLReplicaSet")
	assert.Equal(t, "installed "+generator+"\n"+
		"installed "+filepath.Join(home, "mysqlreplicaset.dev/v1alpha1/mysqlreplicasettransformer/MySQLReplicaSetTransformer")+"\n"+
		"installed "+filepath.Join(home, "mysqlreplicaset.dev/v1alpha1/mysqlreplicasetdiff/MySQLReplicaSetDiff")+"\n"+
		"export KUSTOMIZE_PLUGIN_HOME='"+strings.Replace(home, "it's", `it'\''s`, 1)+"'\n", string(output))

	// The way kustomize calls it.
	config := filepath.Join(t.TempDir(), "kust-plugin-config-1")
	require.NoError(t, os.WriteFile(config, []byte(mysql), 0o600))
	command = exec.Command(generator, config)
	command.Env = []string{"RUN_AS_MYSQLREPLICASET=1", "KUSTOMIZE_PLUGIN_CONFIG_ROOT=/base", "KUSTOMIZE_PLUGIN_CONFIG_STRING=" + mysql}
	output, err = command.Output()
	require.NoError(t, err, string(output))
	assert.Equal(t, run(nil, strings.NewReader(mysql)).stdout, string(output))
}
