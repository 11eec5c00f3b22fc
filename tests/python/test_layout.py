"""The binding's structs are those of the public headers."""

import inspect
import os
import pathlib
import re

import pytest

from haxconn import _c, problems

LAYOUT = pathlib.Path(os.environ["HAX_SOURCE"]) / "tests" / "install" / "layout.txt"


def expected():
    structs = {}
    for line in LAYOUT.read_text(encoding="utf-8").splitlines():
        found = re.fullmatch(r"(hax_\w+) (sized|result|value) (\d+): (.*)", line)
        if found:
            members = [member.split("@") for member in found[4].split()]
            structs[found[1]] = (found[2], int(found[3]), [(n, int(at)) for n, at in members])
    return structs


STRUCTS = [struct for module in (_c, problems) for _, struct in inspect.getmembers(module)
           if inspect.isclass(struct) and issubclass(struct, _c.Struct) and struct.c_name]


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.c_name)
def test_struct_is_as_in_the_header(struct):
    kind, size, members = expected()[struct.c_name]
    mine = [(name, getattr(struct, name).offset) for name, _ in struct._fields_]
    if kind == "value":
        assert mine == members and _c.sizeof(struct) == size
    else:  # may have grown at the end
        assert mine == members[:len(mine)]


def test_there_are_structs():
    assert len({struct.c_name for struct in STRUCTS}) >= 28
