package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const version = "v0.1.0" // as in docs/release.md

// A release is made, checked, made again and used as docs/release.md says, each step in
// a copy of the source with another path and without git: the document compares the two.
func TestRelease(t *testing.T) {
	text, err := os.ReadFile("../docs/release.md")
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?s)```sh container\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	require.Len(t, blocks, 5)
	root := copied(t)
	said := ""
	for _, block := range blocks {
		said += run(t, root, "bash", "-euxo", "pipefail", "-c", block[1])
		moved := root + "a"
		require.NoError(t, os.Rename(root, moved))
		root = moved
	}
	t.Cleanup(func() { run(t, ".", "podman", "rmi", "localhost/mysqlreplicaset:"+version) })
	dist := filepath.Join(root, "dist")
	sums := read(t, filepath.Join(dist, "SHA256SUMS"))
	assert.Equal(t, 2, strings.Count(said, sums), "make release prints the checksums")
	assert.Equal(t, 12, strings.Count(said, ": OK\n"))
	assert.Equal(t, 1, strings.Count(said, "\nmysqlreplicaset "+version+"\n"), "the image runs")

	image := entriesByName(t, unpackedTar(t, strings.NewReader(read(t, filepath.Join(dist, "mysqlreplicaset_"+version+"_image.tar")))))
	for _, platform := range []string{"linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64", "windows_amd64"} {
		t.Run(platform, func(t *testing.T) {
			system, architecture, _ := strings.Cut(platform, "_")
			path := filepath.Join(dist, "mysqlreplicaset_"+version+"_"+platform)
			entries := unpacked(t, path)
			require.Len(t, entries, 3)
			binary := entries[0]
			assert.Equal(t, fs.FileMode(0o755), binary.mode)
			assert.Equal(t, []entry{
				{"LICENSE", 0o644, []byte(read(t, "../LICENSE"))},
				{"README.md", 0o644, []byte(read(t, "../README.md"))},
			}, entries[1:])

			file := filepath.Join(t.TempDir(), binary.name)
			require.NoError(t, os.WriteFile(file, binary.content, 0o755))
			about := run(t, ".", "go", "version", "-m", file)
			assert.Contains(t, about, "\tGOOS="+system+"\n")
			assert.Contains(t, about, "\tGOARCH="+architecture+"\n")
			if system == runtime.GOOS && architecture == runtime.GOARCH {
				assert.Contains(t, run(t, ".", file, "version"), "mysqlreplicaset "+version+"\n")
			}
			checkSBOM(t, read(t, path+".cdx.json"), about)
			if system == "linux" {
				assert.Equal(t, binary.content, inImage(t, image, architecture), "the image has the same program")
			}
		})
	}
}

func TestReleaseNeedsAVersion(t *testing.T) {
	for _, version := range []string{"0.1.0", "v0.1", "v0.1.0-3-gabc-dirty", ""} {
		output, err := exec.Command("make", "-C", "..", "release", "VERSION="+version).CombinedOutput()
		require.Error(t, err)
		assert.Contains(t, string(output), "VERSION must be like v0.1.0, not "+version+"\n")
	}
}

// checkSBOM compares the document with what go version -m says of the binary, and with
// CycloneDX's own schema, which comes with the library.
func checkSBOM(t *testing.T, text, about string) {
	t.Helper()
	folder := strings.TrimSpace(run(t, ".", "go", "list", "-m", "-f", "{{.Dir}}", "github.com/CycloneDX/cyclonedx-go"))
	compiler := jsonschema.NewCompiler()
	for _, name := range []string{"bom-1.6.schema.json", "spdx.schema.json", "jsf-0.82.schema.json"} {
		file := strings.Replace(name, "jsf-0.82.schema.", "jsf-0.82.schemax.", 1)
		schema, err := jsonschema.UnmarshalJSON(strings.NewReader(read(t, filepath.Join(folder, "schema", file))))
		require.NoError(t, err)
		require.NoError(t, compiler.AddResource("http://cyclonedx.org/schema/"+name, schema))
	}
	schema, err := compiler.Compile("http://cyclonedx.org/schema/bom-1.6.schema.json")
	require.NoError(t, err)
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	require.NoError(t, err)
	require.NoError(t, schema.Validate(document))

	var bom cdx.BOM
	require.NoError(t, cdx.NewBOMDecoder(strings.NewReader(text), cdx.BOMFileFormatJSON).Decode(&bom))
	assert.Equal(t, "pkg:golang/mysqlreplicaset.dev@"+version, bom.Metadata.Component.PackageURL)
	goVersion := regexp.MustCompile(`: go(\S+)\n`).FindStringSubmatch(about)[1]
	want := []string{"pkg:golang/stdlib@" + goVersion}
	for _, module := range regexp.MustCompile(`\tdep\t(\S+)\t(\S+)\t(\S+)\n`).FindAllStringSubmatch(about, -1) {
		want = append(want, "pkg:golang/"+module[1]+"@"+module[2]+" "+module[3])
	}
	var got []string
	for _, library := range *bom.Components {
		item := library.PackageURL
		if library.Properties != nil {
			item += " " + (*library.Properties)[0].Value
		}
		got = append(got, item)
	}
	assert.Equal(t, want, got)
	assert.Greater(t, len(got), 3)
}

// inImage is the program in the image of an architecture, which has its version as a label.
func inImage(t *testing.T, image map[string][]byte, architecture string) []byte {
	t.Helper()
	type descriptor struct {
		Digest   string
		Platform struct{ Architecture string }
	}
	var node struct {
		Manifests, Layers []descriptor
		Config            descriptor
	}
	blob := func(of descriptor) []byte { return image["blobs/sha256/"+strings.TrimPrefix(of.Digest, "sha256:")] }
	require.NoError(t, json.Unmarshal(image["index.json"], &node))
	require.NoError(t, json.Unmarshal(blob(node.Manifests[0]), &node))
	require.Len(t, node.Manifests, 2)
	for _, manifest := range node.Manifests {
		if manifest.Platform.Architecture == architecture {
			require.NoError(t, json.Unmarshal(blob(manifest), &node))
		}
	}
	var about struct {
		Architecture, OS string
		Config           struct{ Labels map[string]string }
	}
	require.NoError(t, json.Unmarshal(blob(node.Config), &about))
	assert.Equal(t, "linux/"+architecture, about.OS+"/"+about.Architecture)
	assert.Equal(t, version, about.Config.Labels["org.opencontainers.image.version"])
	files := map[string][]byte{}
	for _, layer := range node.Layers {
		for _, file := range unpackedTarGz(t, blob(layer)) {
			files[file.name] = file.content
		}
	}
	return files["usr/local/bin/mysqlreplicaset"]
}

// copied is a copy of what git has, or would have, of the source.
func copied(t *testing.T) string {
	t.Helper()
	root := filepath.Join(t.TempDir(), "a")
	for _, name := range strings.Split(strings.TrimSuffix(run(t, "..", "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"), "\x00"), "\x00") {
		content, err := os.ReadFile(filepath.Join("..", name))
		require.NoError(t, err)
		require.NoError(t, os.MkdirAll(filepath.Join(root, filepath.Dir(name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(root, name), content, 0o644))
	}
	return root
}

func unpacked(t *testing.T, path string) []entry {
	t.Helper()
	if !strings.HasSuffix(path, "windows_amd64") {
		return unpackedTarGz(t, []byte(read(t, path+".tar.gz")))
	}
	archive, err := zip.OpenReader(path + ".zip")
	require.NoError(t, err)
	defer archive.Close()
	var entries []entry
	for _, file := range archive.File {
		reader, err := file.Open()
		require.NoError(t, err)
		content, err := io.ReadAll(reader)
		require.NoError(t, err)
		entries = append(entries, entry{file.Name, file.Mode(), content})
	}
	return entries
}

func unpackedTarGz(t *testing.T, content []byte) []entry {
	t.Helper()
	reader, err := gzip.NewReader(bytes.NewReader(content))
	require.NoError(t, err)
	return unpackedTar(t, reader)
}

func unpackedTar(t *testing.T, reader io.Reader) []entry {
	t.Helper()
	var entries []entry
	for archive := tar.NewReader(reader); ; {
		header, err := archive.Next()
		if err == io.EOF {
			return entries
		}
		require.NoError(t, err)
		content, err := io.ReadAll(archive)
		require.NoError(t, err)
		entries = append(entries, entry{header.Name, header.FileInfo().Mode(), content})
	}
}

func entriesByName(t *testing.T, entries []entry) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for _, entry := range entries {
		files[entry.name] = entry.content
	}
	require.Len(t, files, len(entries))
	return files
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(content)
}

// run is what a command prints, with its errors shown if it fails.
func run(t *testing.T, folder, name string, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	command := exec.Command(name, args...)
	command.Dir, command.Stdout, command.Stderr = folder, &stdout, &stderr
	command.Env = append(os.Environ(), "SOURCE_DATE_EPOCH=1700000000")
	require.NoError(t, command.Run(), "%s%s", &stdout, &stderr)
	return stdout.String()
}
