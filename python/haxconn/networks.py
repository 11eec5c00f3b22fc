"""Networks, platforms, profiles."""

import ctypes
import json
import os
from ctypes import byref, c_void_p, sizeof
from typing import Any, Callable, Iterable, Mapping, Optional, Sequence, Union

from . import _c
from .problems import Problem, objective_number, rule_array


class Model:
    """A network: one of the built-in ones by its name ("googlenet"), or a Caffe prototxt or ONNX
    file. Immutable."""

    def __init__(self, name_or_path: Union[str, os.PathLike], *,
                 shapes: Optional[Mapping[str, Sequence[int]]] = None, cut_tensors: int = 1):
        texts = _c.strings(f"{name}={'x'.join(str(int(d)) for d in dims)}"
                           for name, dims in (shapes or {}).items())
        options = _c.ModelOptions(sizeof(_c.ModelOptions), len(shapes or {}), texts, cut_tensors)
        self._handle = c_void_p()
        _c.check(_c.library.hax_model_load, _c.encode(name_or_path), byref(options),
                 byref(self._handle))

    def __del__(self):
        if getattr(self, "_handle", None):
            _c.library.hax_model_destroy(self._handle)

    def __repr__(self):
        return f"<Model {self.name}: {self.compute_layers} layers, {self.macs / 1e9:.3g} GMAC>"

    @staticmethod
    def builtin_names() -> tuple:
        names, found = _c.library.hax_model_builtin_names(), []
        while names[len(found)] is not None:
            found.append(names[len(found)].decode())
        return tuple(found)

    @property
    def name(self) -> str:
        return _c.library.hax_model_name(self._handle).decode()

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one pass."""
        return _c.library.hax_model_macs(self._handle)

    @property
    def parameters(self) -> int:
        return _c.library.hax_model_parameters(self._handle)

    @property
    def compute_layers(self) -> int:
        return _c.library.hax_model_compute_layer_count(self._handle)

    @property
    def inputs(self) -> dict:
        """Shapes by name."""
        return self._tensors("input")

    @property
    def outputs(self) -> dict:
        """Shapes by name."""
        return self._tensors("output")

    def _tensors(self, which):
        count = getattr(_c.library, f"hax_model_{which}_count")(self._handle)
        infos = [getattr(_c.library, f"hax_model_{which}_info")(self._handle, i)
                 for i in range(count)]
        return {info.name.decode(): info.shape.tuple() for info in infos}

    def document(self, grouping: str = "blocks") -> dict:
        """The "haxconn/model" document: layers, legal cuts, groups."""
        with Grouping(self, grouping) as groups:
            return json.loads(_c.text_of(_c.library.hax_model_text, self._handle, groups.handle))


def load_model(name_or_path: Union[str, os.PathLike], **options: Any) -> Model:
    """Model(name_or_path, ...)."""
    return Model(name_or_path, **options)


class Grouping:
    """How a model is cut; see Workload."""

    def __init__(self, model, spec):
        self.model, self.handle = model, c_void_p()
        _c.check(_c.library.hax_grouping_make, model._handle, _c.encode(spec), byref(self.handle))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __del__(self):
        self.close()

    def close(self):
        if self.handle:
            _c.library.hax_grouping_destroy(self.handle)
        self.handle = c_void_p()


class Workload:
    """Networks of one round, cut into groups, as the library takes them.

    `networks` are names, paths or Models, in a list, or in a dict by the names of instances; the
    grouping is "blocks" (about ten groups), "fine" (every legal cut), a number of groups or a list
    of cuts such as "10,24", the same for all or by instance."""

    def __init__(self, networks, grouping: Union[str, int, Mapping[str, str]] = "blocks"):
        if isinstance(networks, Workload):
            raise TypeError("a Workload is not made of another one")
        pairs = list(networks.items()) if isinstance(networks, Mapping) else \
            [(None, network) for network in networks]
        self.models = [network if isinstance(network, Model) else Model(network)
                       for _, network in pairs]
        self.names = self._unique([name or model.name
                                   for (name, _), model in zip(pairs, self.models)])
        specs = [grouping.get(name, "blocks") if isinstance(grouping, Mapping) else grouping
                 for name in self.names]
        self.groupings = [Grouping(model, str(spec)) for model, spec in zip(self.models, specs)]
        self.array = (_c.ProfileNetwork * max(1, len(pairs)))()
        for i, model in enumerate(self.models):
            self.array[i] = _c.ProfileNetwork(_c.encode(model.name), model._handle,
                                              self.groupings[i].handle)
        self.count = len(pairs)
        self.c_names = _c.strings(self.names)

    @staticmethod
    def _unique(names):
        seen, unique = {}, []
        for name in names:
            seen[name] = seen.get(name, 0) + 1
            unique.append(name if seen[name] == 1 else f"{name}-{seen[name]}")
        return unique


def workload(networks, grouping="blocks") -> Workload:
    return networks if isinstance(networks, Workload) else Workload(networks, grouping)


class Platform:
    """The units of a machine: "host" (this one), "spare", "emulated", "gpu,f16", "machine",
    "xavier-agx" (told from a data sheet), "synthetic" (a virtual clock), "null", or the path of a
    "haxconn/platform" document. Immutable. `haxconn platform` and docs/platforms.md tell more."""

    def __init__(self, name_or_path: Union[str, os.PathLike] = "host"):
        self._handle = c_void_p()
        _c.check(_c.library.hax_platform_load, _c.encode(name_or_path), byref(self._handle))

    def __del__(self):
        if getattr(self, "_handle", None):
            _c.library.hax_platform_destroy(self._handle)

    @property
    def document(self) -> dict:
        return json.loads(_c.text_of(_c.library.hax_platform_text, self._handle))

    @property
    def units(self) -> tuple:
        return tuple(unit["name"] for unit in self.document["units"])

    @property
    def simulated(self) -> bool:
        """A virtual clock: nothing is computed."""
        return bool(self.document.get("simulated", False))


def platform(name_or_platform) -> Platform:
    return name_or_platform if isinstance(name_or_platform, Platform) else \
        Platform(name_or_platform)


class Watching:
    """How a long call tells how it stands, and how it is stopped. `progress` is called as
    progress(stage, done, seconds_left), None where that is not known; `warn` with a text. What a
    callback raises is raised when the call has ended, which it does as soon as it can."""

    def __init__(self, progress: Optional[Callable] = None, warn: Optional[Callable] = None):
        self.cancel, self.error = _c.Cancel(0), None

        def report(_, record):
            record = record.contents
            self._call(progress, record.stage.decode(),
                       record.done if record.done >= 0 else None,
                       record.seconds_left if record.seconds_left >= 0 else None)

        def warning(_, text):
            self._call(warn, text.decode(errors="replace"))
        self.record = _c.Watch(_c.REPORT(report) if progress else _c.REPORT(),
                               _c.WARN(warning) if warn else _c.WARN(), None,
                               ctypes.pointer(self.cancel), _c.AUTOMATIC)

    def _call(self, callback, *arguments):
        try:
            callback(*arguments)
        except BaseException as error:  # raised by call()
            self.error = self.error or error
            _c.library.hax_cancel_request(byref(self.cancel))

    def call(self, function, *arguments, limits=()):
        try:
            return _c.interruptible(self.cancel, function, *arguments, limits=limits)
        except KeyboardInterrupt:
            if self.error is None:
                raise
        finally:
            if self.error is not None:
                raise self.error


class Profile:
    """What every group of networks costs on every unit of a platform. Immutable."""

    def __init__(self, document: Union[Mapping[str, Any], str, bytes]):
        text = _c.dump(document) if isinstance(document, Mapping) else \
            document.encode() if isinstance(document, str) else bytes(document)
        self._handle = c_void_p()
        _c.check(_c.library.hax_profile_parse, text, ctypes.c_size_t(len(text)), b"profile",
                 byref(self._handle))

    @classmethod
    def _of(cls, handle):
        profile = cls.__new__(cls)
        profile._handle = handle
        return profile

    def __del__(self):
        if getattr(self, "_handle", None):
            _c.library.hax_profile_destroy(self._handle)

    @property
    def text(self) -> str:
        return _c.text_of(_c.library.hax_profile_text, self._handle)

    @property
    def document(self) -> dict:
        """The "haxconn/profile" document."""
        return json.loads(self.text)

    @property
    def networks(self) -> tuple:
        return tuple(network["name"] for network in self.document["networks"])

    def problem(self, networks: Optional[Sequence[str]] = None, *, objective: str = "latency",
                rules: Optional[Iterable[tuple]] = None, max_transitions: Optional[int] = None,
                ignore_contention: bool = False) -> Problem:
        """The scheduling problem of some of the networks (default: each once); one may stand
        several times. Rules as in Problem.adjusted."""
        known = self.networks
        wanted = list(networks if networks is not None else known)
        for name in wanted:
            if name not in known:
                raise _c.BadInput(f"no network '{name}' in the profile: there are "
                                  f"{', '.join(known)}", "HAX_USAGE")
        count, array = rule_array(rules)
        options = _c.ProblemOptions(
            size=sizeof(_c.ProblemOptions), objective=objective_number(objective),
            max_transitions=_c.NO_LIMIT if max_transitions is None else max_transitions,
            ignore_contention=ignore_contention, rule_count=count, rules=array)
        indices = (ctypes.c_int * len(wanted))(*[known.index(name) for name in wanted])
        handle = c_void_p()
        _c.check(_c.library.hax_profile_problem, self._handle, len(wanted), indices, byref(options),
                 byref(handle))
        return Problem._of(handle)


def profile(networks, platform_: Union[str, Platform] = "host", *, grouping="blocks",
            rounds: Optional[int] = None, seconds: float = 20, store: Optional[str] = None,
            contention: bool = True, fresh: bool = False, progress: Optional[Callable] = None,
            warn: Optional[Callable] = None) -> Profile:
    """Measures what networks cost on a platform's units (on simulated ones: computes it). `store`
    is the file that keeps samples, None for none. Forks worker processes, which have ended when it
    returns."""
    load, machine = workload(networks, grouping), platform(platform_)
    watching = Watching(progress, warn)
    config = _c.ProfileConfig(
        size=sizeof(_c.ProfileConfig), platform=machine._handle, network_count=load.count,
        networks=load.array, rounds=_c.AUTOMATIC if rounds is None else rounds, seconds=seconds,
        store_path=None if store is None else _c.encode(store), contention=contention, fresh=fresh,
        watch=ctypes.pointer(watching.record))
    handle = c_void_p()
    watching.call(_c.library.hax_profile_measure, byref(config), byref(handle))
    return Profile._of(handle)
