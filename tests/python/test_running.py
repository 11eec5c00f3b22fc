"""Networks from Python: profiled, planned, executed, frame after frame."""

import pytest

import haxconn


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A network of two layers: kernels that are built at once."""
    path = tmp_path_factory.mktemp("networks") / "tiny.prototxt"
    path.write_text("""
name: "tiny"
input: "data" input_shape { dim: 1 dim: 3 dim: 8 dim: 8 }
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
        convolution_param { num_output: 4 kernel_size: 3 pad: 1 } }
layer { name: "relu" type: "ReLU" bottom: "conv" top: "relu" }
layer { name: "pool" type: "Pooling" bottom: "relu" top: "pool"
        pooling_param { pool: MAX kernel_size: 2 stride: 2 } }
""")
    return path


def test_models_tell_what_they_are():
    assert "googlenet" in haxconn.Model.builtin_names()
    model = haxconn.load_model("googlenet")
    assert model.compute_layers == 141 and model.inputs == {"data": (1, 3, 224, 224)}
    assert model.macs > 1e9 and model.document()["groups"]
    with pytest.raises(haxconn.BadInput, match="lenet"):
        haxconn.load_model("lenet")


def test_a_profile_becomes_a_problem_and_a_plan():
    stages = []
    profile = haxconn.profile(["alexnet", "googlenet"], "synthetic",
                              progress=lambda stage, done, left: stages.append(stage))
    assert profile.networks == ("alexnet", "googlenet")
    again = haxconn.Profile(profile.text)
    assert again.document == profile.document
    problem = profile.problem(["alexnet", "googlenet", "alexnet"], rules=[("weight", "alexnet=2")],
                              objective="sum")
    assert problem.instances == ("alexnet", "googlenet", "alexnet-2")
    with pytest.raises(haxconn.BadInput, match="vgg"):
        profile.problem(["vgg"])
    assert profile.problem().solve().proof == "all"


def test_a_run_says_what_follows():
    result = haxconn.run(["alexnet", "googlenet"], "synthetic")
    assert result.verdict.startswith("split") and result.answer == "haxconn"
    assert result.outputs_equal is None and result.outputs == {}
    names = [row["name"] for row in result.document["rows"]]
    assert "serial" in names and result.schedule.problem.instances == ("alexnet", "googlenet")
    result.schedule.verify()


def test_numbers_go_in_and_come_out(tiny):
    numpy = pytest.importorskip("numpy")
    networks = haxconn.Workload({"first": tiny, "second": tiny})
    profile = haxconn.profile(["alexnet"], "synthetic")  # another one, for the refusal below
    result = haxconn.run(networks, "host", rounds=1, seconds=0.1, contention=False, refine=0,
                         keep_outputs=True)
    assert result.outputs_equal and result.outputs["first"]["pool"].shape == (1, 4, 4, 4)
    ramp = numpy.linspace(-1, 1, 192).reshape(1, 3, 8, 8)
    with haxconn.Deployment(networks, "host", result.schedule) as deployment:
        zeros = deployment.run({"first": numpy.zeros((3, 8, 8)), "second": ramp})
        other = deployment.run({"first": {"data": ramp}})
        assert deployment.round_ms > 0
        with pytest.raises(haxconn.BadInput, match="shape|dimension"):
            deployment.run({"first": numpy.zeros((1, 3, 9, 9))})
        with pytest.raises(haxconn.BadInput, match="third"):
            deployment.run({"third": ramp})
    assert numpy.array_equal(other["first"]["pool"], zeros["second"]["pool"])  # one seed, one input
    assert not numpy.array_equal(other["first"]["pool"], zeros["first"]["pool"])
    with pytest.raises(haxconn.Error, match="closed"):
        deployment.run()
    with pytest.raises(haxconn.BadInput):
        haxconn.Deployment(networks, "host", profile.problem().solve())


def test_frames_are_submitted_and_waited_for(tiny):
    numpy = pytest.importorskip("numpy")
    networks = haxconn.Workload([tiny])
    plan = haxconn.run(networks, "host", rounds=1, seconds=0.1, contention=False, refine=0).schedule
    ramp = numpy.linspace(-1, 1, 192).reshape(1, 3, 8, 8)
    with haxconn.Stream(networks, "host", plan, buffer=4) as stream:
        frames = [stream.wait("tiny", stream.submit("tiny", picture))
                  for picture in (ramp, 0 * ramp, ramp)]
    assert [frame.number for frame in frames] == [0, 1, 2]
    assert not any(frame.dropped or frame.lost for frame in frames)
    assert all(frame.release <= frame.start <= frame.end for frame in frames)
    pools = [frame.outputs["pool"] for frame in frames]
    assert numpy.array_equal(pools[0], pools[2]) and not numpy.array_equal(pools[0], pools[1])


def test_a_stream_at_rates_on_a_virtual_clock():
    profile = haxconn.profile(["alexnet", "googlenet"], "synthetic")
    with haxconn.Stream(["alexnet", "googlenet"], "synthetic", profile.problem().solve(),
                        rates={"alexnet": 30, "googlenet": 20}) as stream:
        document = stream.run(frames=50)
    ended = {network["name"]: network["ended"] for network in document["networks"]}
    assert ended == {"alexnet": 50, "googlenet": 50}


def test_what_a_callback_raises_is_raised():
    def stop(*_):
        raise RuntimeError("enough")
    with pytest.raises(RuntimeError, match="enough"):
        haxconn.profile(["alexnet"], "host", rounds=1, seconds=0.1, contention=False, progress=stop)


def test_a_missing_platform_is_named():
    with pytest.raises(haxconn.BadInput, match="nowhere"):
        haxconn.run(["alexnet"], "nowhere")
