"""Packs with one thing changed, for tests of what then happens."""

import hashlib
import json

from lowres_kit.field.pack.archive import read_archive, write_archive


def rewritten(path, place, change, keep_sums=False):
    """Change a pack's files; with `keep_sums` the manifest goes on telling the old checksums."""
    files = read_archive(path)
    change(files)
    if not keep_sums:
        manifest = json.loads(files["manifest.json"])
        manifest["sha256"] = {
            name: hashlib.sha256(content).hexdigest()
            for name, content in files.items()
            if name != "manifest.json"
        }
        files["manifest.json"] = json.dumps(manifest).encode()
    write_archive(place, files)
    return place


def tell(**values):
    """Let the manifest tell other values."""

    def change(files):
        manifest = json.loads(files["manifest.json"]) | values
        files["manifest.json"] = json.dumps(manifest).encode()

    return change
