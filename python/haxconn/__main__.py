"""The tool: `python3 -m haxconn`, and the command `haxconn` that a wheel installs."""

import os
import pathlib
import sys


def main():
    tool = pathlib.Path(__file__).parent / "installed" / "bin" / "haxconn"
    if not tool.exists():
        sys.exit("haxconn: this is the module alone, the tool is not beside it: install the wheel, "
                 "or use the haxconn that `make install` puts on the path")
    os.execv(tool, ["haxconn", *sys.argv[1:]])


if __name__ == "__main__":
    main()
