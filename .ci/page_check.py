"""Runs the blocks of docs/howto/export.md in a folder: python page_check.py PAGE DIR

Blocks of sh and console are commands; blocks with a name are files. Of a console, lines of pip
and npm are left out: the gate has installed what it can, and a program that is not there, or
a module that it lacks, is skipped. The environment has the programs in its PATH.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys

page, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
interop = page.parent.parent / "interop"
for name in os.listdir(interop):
    if (interop / name).is_file():
        shutil.copy(interop / name, folder)
ran = skipped = 0
for kind, name, text in re.findall(r"^```(\w+) *(\S*)\n(.*?)^```", page.read_text(), re.M | re.S):
    if name:
        (folder / name).write_text(text)
        continue
    for line in text.splitlines():
        if kind == "console" and line.split()[0] in ("pip", "npm"):
            continue
        if shutil.which(line.split()[0]) is None or (line.startswith("node") and not (folder / "node_modules").exists()):
            print(f"page: skipped, there is no way to run: {line}")
            skipped += 1
            continue
        done = subprocess.run(line, shell=True, cwd=folder, capture_output=True, text=True)
        if done.returncode and "No module named" in done.stderr:
            print(f"page: skipped, {done.stderr.strip().splitlines()[-1]}: {line}")
            skipped += 1
        elif done.returncode:
            sys.exit(f"{page}: {line}\n{done.stdout}{done.stderr}")
        else:
            ran += 1
print(f"page: {page.name}: {ran} commands ran, {skipped} are skipped")
