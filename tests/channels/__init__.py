"""Tests of the channels: saved payloads in, requests out, and one contract that every channel keeps."""
