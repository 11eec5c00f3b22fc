# What a version of trtexec says of an engine of the stand-in: kind is placement, log, profile, times
# or layers. Layers in a row on the DLA are one piece; relu goes into what is before it.
function add(name, ms) { names[++n] = name; time[n] = ms * slow }
function list(from, to,    text, i) {
    for (i = from; i <= to; i++)
        text = text (i > from ? "," : "") layer[i]
    return "{" text "}"
}
function foreign(from, to) {
    return "{ForeignNode[" layer[from] (to > from ? "..." layer[to] : "") "]}"
}
function piece_name(from, to) { return number < 80000 ? list(from, to) : foreign(from, to) }
function add_piece(from, to,    i, ms, name, next_name) {
    for (i = from; i <= to; i++)
        ms += dla_ms[i]
    ms += marks ? 0.06 : 0
    name = piece_name(from, to)
    next_name = to < count ? layer[to + 1] : ""
    pieces[++piece_count] = name
    if (number < 80000) {
        add("data to nvm", 0.005)
        add(name, 0.01 * ms)
        add("data copy finish", 0.003)
        add(next_name ? next_name " input reformatter 0" : layer[to] " output reformatter 0", 0.98 * ms)
        add(layer[to] " finish", 0.001)
        return
    }
    add("Reformatting CopyNode for Input Tensor 0 to " name, 0.04)
    if (number < 80500) {
        add("data to nvm", 0.005)
        add(name, 0.01 * ms)
        add(layer[to] " from nvm", 0.98 * ms)
    } else {
        add(name, ms)
    }
    if (next_name)
        add("Reformatting CopyNode for Input Tensor 0 to " next_name, 0.017)
}
function add_gpu(    i, name, ms) {
    name = layer[at]
    ms = gpu_ms[at]
    while (at < count && unit[at + 1] == "GPU" && layer[at + 1] ~ /relu/) {
        at++
        name = name " + " layer[at]
        ms += gpu_ms[at]
    }
    add(name, ms)
    gpu_list = gpu_list name ", "
    gpu_entries[++gpu_count] = name
}
function placement(    i, text) {
    if (number < 80000) {
        print "--------------- Layers running on DLA: "
        for (i = 1; i <= piece_count; i++)
            text = text pieces[i] ", "
        print text
        print "--------------- Layers running on GPU: "
        print gpu_list
        return
    }
    print "---------- Layers Running on DLA ----------"
    for (i = 1; i <= piece_count; i++)
        print "[DlaLayer] " pieces[i]
    print "---------- Layers Running on GPU ----------"
    for (i = 1; i <= gpu_count; i++)
        print "[GpuLayer] " (number < 80400 ? "" : "CONVOLUTION: ") gpu_entries[i]
}
function statistics(ms) {
    return "min = " ms * 0.99 " ms, max = " ms * 1.02 " ms, mean = " ms " ms, median = " ms " ms, " \
        (number < 80500 ? "" : "percentile(90%) = " ms * 1.01 " ms, percentile(95%) = " ms * 1.01 " ms, ") \
        "percentile(99%) = " ms * 1.02 " ms"
}
function old_section(head, ms, both) {
    print head
    print "min: " ms * 0.99 " ms" (both ? " (end to end " ms " ms)" : "")
    print "max: " ms * 1.02 " ms" (both ? " (end to end " ms " ms)" : "")
    print "mean: " ms " ms" (both ? " (end to end " ms " ms)" : "")
    print "median: " ms " ms" (both ? " (end to end " ms " ms)" : "")
    print "percentile: " ms * 1.02 " ms at 99%" (both ? " (end to end " ms " ms at 99%)" : "")
}
function log_lines(ms) {
    print "=== Inference Options ==="
    print "Iterations: " iterations
    print "Warmup completed 5 queries over " warmup " ms"
    print "Timing trace has " iterations " queries over " iterations * ms / 1000 " s"
    if (number < 80000) {
        print "Trace averages of 10 runs:"
        old_section("Host Latency", ms + 0.05, 1)
        print "throughput: " 1000 / ms " qps"
        print "walltime: " iterations * ms / 1000 " s"
        old_section("GPU Compute", ms, 0)
        print "total compute time: " iterations * ms / 1000 " s"
        return
    }
    print ""
    print "=== Performance summary ==="
    print "Throughput: " 1000 / ms " qps"
    print "Latency: " statistics(ms + 0.05)
    print "Enqueue Time: " statistics(0.2)
    print "H2D Latency: " statistics(0)
    print "GPU Compute Time: " statistics(ms)
    print "D2H Latency: " statistics(0)
    print "Total Host Walltime: " iterations * ms / 1000 " s"
    print "Total GPU Compute Time: " iterations * ms / 1000 " s"
}
function profile(total,    i, runs) {
    runs = iterations + (apart ? 0 : 5)
    print "["
    print "  { \"count\" : " runs " }"
    for (i = 1; i <= n; i++)
        print ", { \"name\" : \"" names[i] "\", \"timeMs\" : " time[i] * runs ", \"averageMs\" : " time[i] \
            (number < 80400 ? "" : ", \"medianMs\" : " time[i]) ", \"percentage\" : " 100 * time[i] / total " }"
    print "]"
}
function times(total,    i, records, t, keys, k, values, count_of) {
    records = iterations + (number < 80500 ? 5 : 0)
    k = number < 80000 ? "startEnqMs endEnqMs startInMs endInMs startComputeMs endComputeMs startOutMs endOutMs inMs computeMs outMs latencyMs endToEndMs" \
        : "startEnqMs endEnqMs startH2dMs endH2dMs startComputeMs endComputeMs startD2hMs endD2hMs h2dMs computeMs d2hMs latencyMs"
    if (number >= 80000 && number < 80400)
        k = k " endToEndMs"
    count_of = split(k, keys, " ")
    print "["
    for (i = 0; i < records; i++) {
        t = i * (total + 0.1)
        split(t " " t + 0.02 " " t " " t + 0.03 " " t + 0.03 " " t + 0.03 + total " " t + 0.03 + total " " \
            t + 0.05 + total " " 0.03 " " total " " 0.02 " " total + 0.05 " " total + 0.05, values, " ")
        printf("%s{", (i ? ", " : "  "))
        for (k = 1; k <= count_of; k++)
            printf("%s \"%s\" : %s", (k > 1 ? "," : ""), keys[k], values[k])
        print " }"
    }
    print "]"
}
function layer_info(    i) {
    print "{\"Layers\": ["
    for (i = 1; i <= n; i++)
        print (i > 1 ? "," : "") "{\"Name\": \"" names[i] "\", \"LayerType\": \"" \
            (names[i] ~ /^\{/ ? "DLA" : names[i] ~ /^Reformatting/ ? "Reformat" : "CaskConvolution") \
            "\", \"Inputs\": [], \"Outputs\": []}"
    print "],"
    print "\"Bindings\": [\"data\"]}"
}
$1 == "marks" { marks = $2 }
$1 == "GPU" || $1 == "DLA" {
    count++
    unit[count] = $1
    layer[count] = $2
    gpu_ms[count] = $3
    dla_ms[count] = $4
}
END {
    slow = slower ? slower : 1
    has_dla = 0
    for (at = 1; at <= count; at++) {
        if (unit[at] == "GPU") {
            add_gpu()
            continue
        }
        from = at
        while (at < count && unit[at + 1] == "DLA")
            at++
        add_piece(from, at)
        has_dla = 1
    }
    if (marks && !has_dla)
        add("Reformatting CopyNode for Network Output mark", 0.02)
    for (i = 1; i <= n; i++)
        total += time[i]
    if (kind == "placement") placement()
    if (kind == "log") log_lines(total)
    if (kind == "profile") profile(total)
    if (kind == "times") times(total)
    if (kind == "layers") layer_info()
}
