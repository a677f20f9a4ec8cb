#!/usr/bin/env python3
"""Computes the digests of ledger.ndjson without any code of this project: `verify.py > ledger.digests`.

Per change one line: payload_hash, then digest = BLAKE2b-256(previous digest || BLAKE2b-256(envelope) || payload_hash).
"""
import hashlib
import pathlib

lines = (pathlib.Path(__file__).parent / "ledger.ndjson").read_bytes().split(b"\n")
digest = bytes(32)
for envelope, payload in zip(lines[0::2], lines[1::2]):
    payload_hash = hashlib.blake2b(payload, digest_size=32).digest()
    envelope_hash = hashlib.blake2b(envelope, digest_size=32).digest()
    digest = hashlib.blake2b(digest + envelope_hash + payload_hash, digest_size=32).digest()
    print(payload_hash.hex(), digest.hex())
