"""The probes, a file for each group of rows."""
import importlib
import pathlib

for _file in sorted(pathlib.Path(__file__).parent.glob("[a-z]*.py")):
    importlib.import_module(f"rows.{_file.stem}")
