package main

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"fmt"
	"net/url"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// sbom is a CycloneDX document of what Go has written into the binary about itself:
// the modules that are linked in, and how it was built. It has no serial number,
// which would be random, and no licences and no graph of dependencies, which a binary
// does not know.
func sbom(binary []byte, version string, at time.Time) ([]byte, error) {
	info, err := buildinfo.Read(bytes.NewReader(binary))
	if err != nil {
		return nil, err
	}
	// A build of a working copy calls itself (devel).
	itself := component(cdx.ComponentTypeApplication, info.Main.Path, version)
	itself.Name = program
	itself.Hashes = &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: fmt.Sprintf("%x", sha256.Sum256(binary))}}
	itself.Licenses = &cdx.Licenses{{License: &cdx.License{ID: "Apache-2.0"}}}
	var settings []cdx.Property
	for _, setting := range info.Settings {
		settings = append(settings, cdx.Property{Name: "go:build:" + setting.Key, Value: setting.Value})
	}
	itself.Properties = &settings

	// The name and the form of version by which vulnerability databases know it.
	goVersion, _, _ := strings.Cut(strings.TrimPrefix(info.GoVersion, "go"), " ")
	components := []cdx.Component{component(cdx.ComponentTypeLibrary, "stdlib", goVersion)}
	for _, module := range info.Deps {
		if module.Replace != nil {
			module = module.Replace
		}
		library := component(cdx.ComponentTypeLibrary, module.Path, module.Version)
		// Not under hashes: it is the hash of a list, not of a file that one could have.
		library.Properties = &[]cdx.Property{{Name: "go:sum", Value: module.Sum}}
		components = append(components, library)
	}

	document := cdx.NewBOM()
	document.Metadata = &cdx.Metadata{Timestamp: at.Format(time.RFC3339), Component: &itself}
	document.Components = &components
	var text bytes.Buffer
	// 1.6 is what the scanners read; few know 1.7 as yet.
	err = cdx.NewBOMEncoder(&text, cdx.BOMFileFormatJSON).SetPretty(true).EncodeVersion(document, cdx.SpecVersion1_6)
	return text.Bytes(), err
}

func component(kind cdx.ComponentType, name, version string) cdx.Component {
	purl := "pkg:golang/" + name + "@" + url.QueryEscape(version) // escapes the + of +incompatible
	return cdx.Component{BOMRef: purl, Type: kind, Name: name, Version: version, PackageURL: purl}
}
