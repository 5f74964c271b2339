// SPDX-License-Identifier: Apache-2.0

// A client of the log that shares no code with labseal: notes and Merkle trees are those of Go's checksum database
// (golang.org/x/mod/sumdb/note and tlog), as Debian packages them.  It opens the checkpoint, recomputes the tree from
// the entries, and proves inclusion and consistency through the tiles.
//
//	xmod [-old CHECKPOINT] [-lines N] [-every N] TRUST SHARE
//
// -old is a checkpoint seen before, which the log must continue; -lines is how many of the checkpoint's signature lines
// must be by keys of the trust file; -every 97 proves the inclusion of each 97th entry, and of the last.
// Exit status: 0 all holds, 1 something does not and is named, 2 wrong usage.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	height = 8
	width  = 1 << height
)

// counts is what was checked, for the last line.
type counts struct {
	lines, entries, tiles, inclusions, proofs, consistencies int
}

type client struct {
	share string
	keys  note.Verifiers
	tree  tlog.Tree
	hash  storage     // recomputed from the entries
	leaf  []tlog.Hash // of each entry
	every int
	n     counts
}

// storage holds the hashes that tlog numbers in the order in which they come to be.
type storage []tlog.Hash

func (s storage) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index >= int64(len(s)) {
			return nil, fmt.Errorf("hash %d is beyond the entries", index)
		}
		hashes[i] = s[index]
	}
	return hashes, nil
}

// pathOf is tlog-tiles' name of a tile: Go's own, without the height and with "entries" for "data".
func pathOf(t tlog.Tile) string {
	path := strings.Replace(t.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1)
	return strings.Replace(path, "tile/data/", "tile/entries/", 1)
}

// tiles on the share; tlog checks them against the tree before it uses them.
type tiles struct{ log string }

func (tiles) Height() int { return height }

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, tile := range wanted {
		bytes, err := os.ReadFile(filepath.Join(t.log, pathOf(tile)))
		if err != nil {
			return nil, err
		}
		data = append(data, bytes)
	}
	return data, nil
}

func (tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// entries splits a bundle: 16 bits of length, big-endian, and the entry.
func entries(bundle []byte) ([][]byte, error) {
	var list [][]byte
	for len(bundle) > 0 {
		if len(bundle) < 2 {
			return nil, errors.New("a length is cut short")
		}
		size := int(bundle[0])<<8 | int(bundle[1])
		if len(bundle) < 2+size {
			return nil, errors.New("an entry is cut short")
		}
		list = append(list, bundle[2:2+size])
		bundle = bundle[2+size:]
	}
	return list, nil
}

func (c *client) addEntry(entry []byte) error {
	hashes, err := tlog.StoredHashes(int64(len(c.leaf)), entry, c.hash)
	if err != nil {
		return err
	}
	c.hash = append(c.hash, hashes...)
	c.leaf = append(c.leaf, tlog.RecordHash(entry))
	c.n.entries++
	return nil
}

// readEntries recomputes the whole tree.
func (c *client) readEntries() error {
	for n := int64(0); n*width < c.tree.N; n++ {
		tile := tlog.Tile{H: height, L: -1, N: n, W: width}
		if left := c.tree.N - n*width; left < width {
			tile.W = int(left)
		}
		bundle, err := os.ReadFile(filepath.Join(c.share, "log", pathOf(tile)))
		if err != nil {
			return err
		}
		list, err := entries(bundle)
		if err == nil && len(list) != tile.W {
			err = fmt.Errorf("it has %d entries instead of %d", len(list), tile.W)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", pathOf(tile), err)
		}
		for _, entry := range list {
			if err := c.addEntry(entry); err != nil {
				return err
			}
		}
	}
	root, err := tlog.TreeHash(c.tree.N, c.hash)
	if err == nil && root != c.tree.Hash {
		err = errors.New("the entries do not hash to the checkpoint's root")
	}
	return err
}

// parse is the tile of a path below log/, if it has the one spelling that tlog-tiles has for it.
func parse(path string) (tlog.Tile, error) {
	name := strings.Replace(path, "tile/entries/", "tile/data/", 1)
	tile, err := tlog.ParseTilePath(strings.Replace(name, "tile/", fmt.Sprintf("tile/%d/", height), 1))
	if err == nil && pathOf(tile) != path {
		err = errors.New("another spelling of a tile's name")
	}
	return tile, err
}

// checkTile compares one file below log/tile, of now or of the past, with what the entries make of it.
func (c *client) checkTile(path string) error {
	tile, err := parse(path)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(filepath.Join(c.share, "log", path))
	if err != nil {
		return err
	}
	c.n.tiles++
	if tile.L >= 0 {
		wanted, err := tlog.ReadTileData(tile, c.hash)
		if err == nil && !bytes.Equal(wanted, data) {
			err = errors.New("it does not hold the hashes of the entries")
		}
		return err
	}
	list, err := entries(data)
	if err == nil && len(list) != tile.W {
		err = fmt.Errorf("it has %d entries", len(list))
	}
	for i := 0; err == nil && i < len(list); i++ {
		if tlog.RecordHash(list[i]) != c.leaf[tile.N*width+int64(i)] {
			err = fmt.Errorf("its entry %d is not the log's", i)
		}
	}
	return err
}

func (c *client) checkTiles() error {
	log := filepath.Join(c.share, "log")
	return filepath.WalkDir(filepath.Join(log, "tile"), func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		path, _ := filepath.Rel(log, file)
		if err = c.checkTile(path); err != nil {
			err = fmt.Errorf("%s: %w", path, err)
		}
		return err
	})
}

// prove makes a proof for each entry out of the tiles alone, and checks it.
func (c *client) prove(source tlog.HashReader) error {
	for i, leaf := range c.leaf {
		if i%c.every != 0 && i != len(c.leaf)-1 {
			continue
		}
		proof, err := tlog.ProveRecord(c.tree.N, int64(i), source)
		if err == nil {
			err = tlog.CheckRecord(proof, c.tree.N, c.tree.Hash, int64(i), leaf)
		}
		if err != nil {
			return fmt.Errorf("entry %d: %w", i, err)
		}
		c.n.inclusions++
	}
	return nil
}

// continues proves that the log of now begins with the log of an older checkpoint.
func (c *client) continues(old tlog.Tree, source tlog.HashReader) error {
	if old.N > c.tree.N {
		return fmt.Errorf("the log was rolled back from %d entries to %d", old.N, c.tree.N)
	}
	if old.N == 0 {
		return nil
	}
	proof, err := tlog.ProveTree(c.tree.N, old.N, source)
	if err == nil {
		err = tlog.CheckTree(proof, c.tree.N, c.tree.Hash, old.N, old.Hash)
	}
	if err == nil {
		c.n.consistencies++
	}
	return err
}

// checkFolder checks a seal's proof: its checkpoint, its place, its manifest, and that the log continues it.
func (c *client) checkFolder(folder string, source tlog.HashReader) error {
	manifest, err := os.ReadFile(filepath.Join(folder, "manifest.sha256"))
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(folder, "manifest.tlog-proof"))
	if err != nil {
		return err
	}
	proof, err := parseProof(text)
	if err != nil {
		return err
	}
	old, _, err := openCheckpoint(proof.checkpoint, c.keys)
	if err != nil {
		return err
	}
	if err := tlog.CheckRecord(proof.hashes, old.N, old.Hash, proof.index, tlog.RecordHash(manifest)); err != nil {
		return err
	}
	if proof.index >= c.tree.N || c.leaf[proof.index] != tlog.RecordHash(manifest) {
		return errors.New("its manifest is not the log's entry")
	}
	c.n.proofs++
	return c.continues(old, source)
}

// checkFolders: the seals' folders, and one for each entry, unless this share is a log alone.
func (c *client) checkFolders(source tlog.HashReader) error {
	folders, err := filepath.Glob(filepath.Join(c.share, "[er][ve][es][nu]*", "*", "*"))
	if err != nil || len(folders) == 0 {
		return err
	}
	for _, folder := range folders {
		if err := c.checkFolder(folder, source); err != nil {
			return fmt.Errorf("%s: %w", folder, err)
		}
	}
	if len(folders) != len(c.leaf) {
		return fmt.Errorf("there are %d folders for %d entries", len(folders), len(c.leaf))
	}
	return nil
}

func (c *client) run(trust, old string, lines int) error {
	var err error
	if c.keys, err = readTrust(trust); err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(c.share, "log", "checkpoint"))
	if err != nil {
		return err
	}
	if c.tree, c.n.lines, err = openCheckpoint(text, c.keys); err != nil {
		return fmt.Errorf("log/checkpoint: %w", err)
	}
	if c.n.lines < lines {
		return fmt.Errorf("log/checkpoint: only %d lines are by keys of the trust file", c.n.lines)
	}
	source := tlog.TileHashReader(c.tree, tiles{filepath.Join(c.share, "log")})
	if old != "" {
		if text, err = os.ReadFile(old); err != nil {
			return err
		}
		before, _, err := openCheckpoint(text, c.keys)
		if err == nil {
			err = c.continues(before, source)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", old, err)
		}
	}
	for _, check := range []func() error{
		c.readEntries,
		c.checkTiles,
		func() error { return c.prove(source) },
		func() error { return c.checkFolders(source) },
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func main() {
	old := flag.String("old", "", "a checkpoint seen before")
	lines := flag.Int("lines", 1, "signature lines that must be there")
	every := flag.Int("every", 1, "the entries whose inclusion is proven")
	flag.Parse()
	if flag.NArg() != 2 || *every < 1 {
		flag.Usage()
		os.Exit(2)
	}
	c := client{share: flag.Arg(1), every: *every}
	if err := c.run(flag.Arg(0), *old, *lines); err != nil {
		fmt.Fprintln(os.Stderr, "xmod:", err)
		os.Exit(1)
	}
	fmt.Printf("good: %d lines, %d entries, %d tiles, %d inclusions, %d proofs, %d consistencies\n",
		c.n.lines, c.n.entries, c.n.tiles, c.n.inclusions, c.n.proofs, c.n.consistencies)
}
