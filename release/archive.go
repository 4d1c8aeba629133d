package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// An entry is a file in an archive. Who owns it, and when it was built, is left out:
// that differs between two machines.
type entry struct {
	name    string
	mode    fs.FileMode
	content []byte
}

// entriesOf are the files of a folder, in the order of their names.
func entriesOf(folder string) ([]entry, error) {
	var entries []entry
	err := fs.WalkDir(os.DirFS(folder), ".", func(path string, file fs.DirEntry, err error) error {
		if err != nil || file.IsDir() {
			return err
		}
		content, err := os.ReadFile(filepath.Join(folder, path))
		entries = append(entries, entry{name: path, mode: 0o644, content: content})
		return err
	})
	return entries, err
}

func tarball(entries []entry, at time.Time) ([]byte, error) {
	var archive bytes.Buffer
	writer := tar.NewWriter(&archive)
	for _, entry := range entries {
		header := &tar.Header{Name: entry.name, Mode: int64(entry.mode), Size: int64(len(entry.content)), ModTime: at}
		if err := writer.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := writer.Write(entry.content); err != nil {
			return nil, err
		}
	}
	err := writer.Close()
	return archive.Bytes(), err
}

func tarGz(entries []entry, at time.Time) ([]byte, error) {
	content, err := tarball(entries, at)
	if err != nil {
		return nil, err
	}
	var archive bytes.Buffer
	writer, err := gzip.NewWriterLevel(&archive, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := writer.Write(content); err != nil {
		return nil, err
	}
	err = writer.Close()
	return archive.Bytes(), err
}

func zipped(entries []entry, at time.Time) ([]byte, error) {
	var archive bytes.Buffer
	writer := zip.NewWriter(&archive)
	for _, entry := range entries {
		header := &zip.FileHeader{Name: entry.name, Method: zip.Deflate, Modified: at}
		header.SetMode(entry.mode)
		file, err := writer.CreateHeader(header)
		if err != nil {
			return nil, err
		}
		if _, err := file.Write(entry.content); err != nil {
			return nil, err
		}
	}
	err := writer.Close()
	return archive.Bytes(), err
}
