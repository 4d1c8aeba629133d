// Command release packs into ../dist what `make release` has built: an archive and
// an SBOM for each platform, the image, the spec's schema, and the checksums of all.
// The same input gives the same bytes, so anyone can check a release by making it
// again.
//
// It is a module of its own, so that the importers of mysqlreplicaset.dev/fn do not
// get what it needs.
package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	program = "mysqlreplicaset"
	built   = "../bin"
	dist    = "../dist"
)

func main() {
	if err := release(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func release(version string, platforms []string) error {
	seconds, err := strconv.ParseInt(os.Getenv("SOURCE_DATE_EPOCH"), 10, 64)
	if err != nil {
		return fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
	}
	at := time.Unix(seconds, 0).UTC()
	files := map[string][]byte{}
	prefix := program + "_" + version + "_"
	for _, platform := range platforms {
		if err := addPlatform(files, prefix, version, platform, at); err != nil {
			return err
		}
	}
	layout, err := entriesOf(filepath.Join(built, "image"))
	if err != nil {
		return err
	}
	if files[prefix+"image.tar"], err = tarball(layout, at); err != nil {
		return err
	}
	if files[program+".schema.json"], err = os.ReadFile("../fn/api/v1alpha1/schema.json"); err != nil {
		return err
	}
	return write(files)
}

// addPlatform adds the archive and the SBOM of a platform, such as linux/amd64.
func addPlatform(files map[string][]byte, prefix, version, platform string, at time.Time) error {
	name, pack, suffix := program, tarGz, ".tar.gz"
	if strings.HasPrefix(platform, "windows/") {
		name, pack, suffix = program+".exe", zipped, ".zip"
	}
	binary, err := os.ReadFile(filepath.Join(built, platform, program))
	if err != nil {
		return err
	}
	entries := []entry{{name: name, mode: 0o755, content: binary}}
	for _, name := range []string{"LICENSE", "README.md"} {
		content, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			return err
		}
		entries = append(entries, entry{name: name, mode: 0o644, content: content})
	}
	prefix += strings.ReplaceAll(platform, "/", "_")
	if files[prefix+suffix], err = pack(entries, at); err != nil {
		return err
	}
	files[prefix+".cdx.json"], err = sbom(binary, version, at)
	return err
}

// write writes the files and their checksums, and prints these.
func write(files map[string][]byte) error {
	var names []string
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	var sums bytes.Buffer
	for _, name := range names {
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(files[name]), name)
	}
	files["SHA256SUMS"] = sums.Bytes()
	// Nothing of an earlier release may stay: its sums would not be checked.
	if err := os.RemoveAll(dist); err != nil {
		return err
	}
	if err := os.Mkdir(dist, 0o755); err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dist, name), content, 0o644); err != nil {
			return err
		}
	}
	_, err := os.Stdout.Write(sums.Bytes())
	return err
}
