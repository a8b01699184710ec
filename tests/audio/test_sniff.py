from __future__ import annotations

import pytest
from audio.tones import call, encoded

from reconciler.audio.sniff import container, said


@pytest.mark.parametrize(
    ("head", "word"),
    [
        (b"", "an empty file"),
        (b"\0" * 512, "nothing but zeros"),
        (b"<!DOCTYPE html><p>please log in", "HTML"),
        (b"\xef\xbb\xbf\n<html>", "HTML"),
        (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code>", "XML"),
        (b'{"error": "expired"}', "JSON"),
        (b"PK\x03\x04\x14\0\0\0", "a zip archive"),
        (b"\x1f\x8b\x08\0", "a gzip archive"),
        (b"%PDF-1.7", "a PDF"),
        (b"#EXTM3U\nhttp://example.com/a.wav\n", "text"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "text"),
        ("録音はありません".encode(), "text"),
        (b"\x7fELF\x02\x01", "a program"),
        (b"RIFF\x24\0\0\0AVI LIST", ""),
        (b"\x9c\x01\xfe" * 100, ""),
        (b"\xd2" + b"\x55" * 32 + (b"\xd9" + b"\x12" * 32) * 8, "gsm"),
        (b"#!AMR\n\x3c", "amr"),
        (b"\0\0\0\x20ftypM4A ", "mp4"),
        (b"\xff\xf1\x50\x80", "aac"),
        (b"ID3\x04\0\0", "mp3"),
    ],
)
def test_the_first_bytes_say_what_it_is(head: bytes, word: str) -> None:
    assert container(head) == word


@pytest.mark.parametrize(
    ("form", "subtype", "word"),
    [
        ("WAV", "PCM_16", "wav"),
        ("RF64", "PCM_16", "rf64"),
        ("W64", "PCM_16", "w64"),
        ("AU", "ULAW", "au"),
        ("AIFF", "PCM_16", "aiff"),
        ("CAF", "PCM_16", "caf"),
        ("FLAC", "PCM_16", "flac"),
        ("OGG", "OPUS", "ogg"),
        ("MP3", "MPEG_LAYER_III", "mp3"),
    ],
)
def test_what_is_written_is_known_again(form: str, subtype: str, word: str) -> None:
    assert container(encoded(call(1), form, subtype)) == word


@pytest.mark.parametrize(
    ("name", "word"), [("a.WAV", "wav"), ("a.b.opus", "ogg"), ("wav", ""), ("a.ulaw", ""), ("a.wav\n", ""), ("録音.m4a", "mp4")]
)
def test_a_suffix_promises_a_container(name: str, word: str) -> None:
    assert said(name) == word
