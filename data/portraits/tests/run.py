"""Runs the Python tests of data/portraits: npm run test:portraits"""
import os
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    try:
        import numpy  # noqa: F401
        import torch
    except ImportError:
        other = "/usr/bin/python3"
        if os.path.realpath(sys.executable) != os.path.realpath(other) and os.path.exists(other) and "PORTRAITS_RETRIED" not in os.environ:
            sys.exit(subprocess.call([other, __file__], env={**os.environ, "PORTRAITS_RETRIED": "1"}))
        sys.exit("data/portraits needs PyTorch 1.13 or later and NumPy: install python3-torch (Debian), or torch and numpy in a virtual environment; "
                 "the book itself builds and runs without them")
    torch.set_num_threads(min(2, os.cpu_count() or 1))
    sys.path.insert(0, os.path.dirname(HERE))
    suite = unittest.defaultTestLoader.discover(HERE, pattern="test_*.py", top_level_dir=HERE)
    result = unittest.TextTestRunner(verbosity=1).run(suite)
    bad = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - bad - len(result.skipped)} passed, {bad} failed")
    sys.exit(1 if bad or result.testsRun == 0 else 0)


if __name__ == "__main__":
    main()
