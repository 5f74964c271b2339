// SPDX-License-Identifier: Apache-2.0

// Checkpoints, proofs and keys, as the C2SP documents have them.
package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// ecdsaKey is the note key of type 0x02, which x/mod does not know: its id is the start of the SHA-256 of the
// SubjectPublicKeyInfo, its signatures are ECDSA over the text's SHA-256 (transparency-dev/formats has the same).
type ecdsaKey struct {
	name string
	id   uint32
	key  *ecdsa.PublicKey
}

func (k *ecdsaKey) Name() string    { return k.name }
func (k *ecdsaKey) KeyHash() uint32 { return k.id }

func (k *ecdsaKey) Verify(text, signature []byte) bool {
	digest := sha256.Sum256(text)
	return ecdsa.VerifyASN1(k.key, digest[:], signature)
}

func newECDSA(name, id string, spki []byte) (note.Verifier, error) {
	key, err := x509.ParsePKIXPublicKey(spki)
	if err != nil {
		return nil, err
	}
	public, ok := key.(*ecdsa.PublicKey)
	if !ok {
		return nil, errors.New("it is no ECDSA key")
	}
	digest := sha256.Sum256(spki)
	if hex.EncodeToString(digest[:4]) != id {
		return nil, errors.New("its id is not the key's")
	}
	return &ecdsaKey{name, binary.BigEndian.Uint32(digest[:4]), public}, nil
}

// newVerifier leaves Ed25519 keys to x/mod.
func newVerifier(vkey string) (note.Verifier, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("it is not NAME+ID+KEY")
	}
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil {
		return nil, err
	}
	if len(key) > 0 && key[0] == 2 {
		return newECDSA(parts[0], parts[1], key[1:])
	}
	return note.NewVerifier(vkey)
}

// readTrust takes the log's keys out of the trust file.
func readTrust(path string) (note.Verifiers, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var list []note.Verifier
	for _, line := range strings.Split(string(text), "\n") {
		words := strings.Split(line, " ")
		if len(words) < 2 || (words[0] != "log" && words[0] != "log-ed25519") {
			continue
		}
		key, err := newVerifier(words[1])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", line, err)
		}
		list = append(list, key)
	}
	if len(list) == 0 {
		return nil, errors.New(path + " names no log key")
	}
	return note.VerifierList(list...), nil
}

// openCheckpoint also says how many of its lines are by keys that are known; a bad one is an error of note.Open.
func openCheckpoint(text []byte, keys note.Verifiers) (tlog.Tree, int, error) {
	n, err := note.Open(text, keys)
	if err != nil {
		return tlog.Tree{}, 0, err
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return tlog.Tree{}, 0, errors.New("a checkpoint is not of three lines")
	}
	if lines[0] != n.Sigs[0].Name {
		return tlog.Tree{}, 0, errors.New("its origin is not its key's name")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || strconv.FormatInt(size, 10) != lines[1] {
		return tlog.Tree{}, 0, errors.New("its size is not a decimal number")
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, len(n.Sigs), err
}

type proof struct {
	index      int64
	hashes     tlog.RecordProof
	checkpoint []byte
}

func parseProof(text []byte) (proof, error) {
	var p proof
	head, checkpoint, found := bytes.Cut(text, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !found || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return p, errors.New("it is no tlog-proof")
	}
	digits := strings.TrimPrefix(lines[1], "index ")
	index, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || "index "+strconv.FormatInt(index, 10) != lines[1] {
		return p, errors.New("its second line is not an index")
	}
	for _, line := range lines[2:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return p, err
		}
		p.hashes = append(p.hashes, hash)
	}
	p.index, p.checkpoint = index, checkpoint
	return p, nil
}
