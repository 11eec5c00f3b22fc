/* What help has to say beside commands. */
#include "topics.h"

#include <stdio.h>
#include <string.h>

#include <haxconn/haxconn.h>

const cli_topic cli_topics[] = {
    { "networks", "which networks there are, and how they are named", NULL },
    { "platforms", "which machines there are, and what each is for", NULL },
    { "rules", "what may be asked of a plan, and how parts of networks are named",
      "NET is a network of the command line as reports call it, GROUPS one group or several, by "
      "number\n"
      "(3, 3-5), UNIT one of those that 'haxconn units' lists.\n\n"
      "--pin NET[:GROUPS]=UNIT  run them there only\n"
      "--forbid NET[:GROUPS]=UNIT  do not run them there; NET may be *\n"
      "--join NET:GROUPS  no change of unit between them (before one)\n"
      "--max-pieces UNIT=N  at most so many pieces of networks there\n"
      "--max-transitions N  at most so many changes of unit of each network\n"
      "--after NET=OTHER  begin when OTHER has ended\n"
      "--weight NET=W  of the objective sum\n"
      "--deadline NET=MS  of the objective deadline\n\n"
      "All but --max-transitions may stand several times. A workload (docs/workloads.md) holds "
      "them "
      "in a\n"
      "file.\n" },
    { "objectives", "what a plan is to be best at",
      "latency  the round is over as early as possible: the end of the last network (the default)\n"
      "throughput  the sum of one over each network's end is as large as possible\n"
      "sum  the weighted sum of all ends is as small as possible (--weight)\n"
      "deadline  the largest lateness is as small as possible (--deadline)\n\n"
      "docs/workloads.md has the formulas.\n" },
    { "documents", "which files commands write and read",
      "Each is JSON with a member \"schema\"; - is standard output, or standard input.\n\n"
      "haxconn/problem  groups, units, costs and rules: 'haxconn problem' and --save-problem write "
      "it, 'haxconn schedule', 'haxconn compare', 'haxconn verify' and 'haxconn export' read it\n"
      "haxconn/schedule  a plan: 'haxconn schedule' and --save-schedule write it, 'haxconn run "
      "--schedule', 'haxconn verify' and 'haxconn export' read it\n"
      "haxconn/result  what a run came to, with its problem and its plan: 'haxconn run' and "
      "'haxconn compare' write it, 'haxconn report' reads it\n"
      "haxconn/stream  a line of a stream: 'haxconn stream' writes it, 'haxconn report' reads it\n"
      "haxconn/profile  measured costs: 'haxconn profile' writes it, 'haxconn problem' reads it\n"
      "haxconn/workload  networks with an order and deadlines, written by hand\n"
      "haxconn/platform  units of a machine: 'haxconn units' writes it, --platform reads it\n" },
    { "files", "what is read and kept beside documents, and the environment",
      "~/.cache/haxconn  the profile store: samples of what was measured, kept for the next run "
      "(XDG_CACHE_HOME names another folder, --store another file, --store none keeps nothing)\n"
      "COLUMNS  width of tables and charts where standard output is no terminal, 80 if it is not "
      "set\n"
      "NO_COLOR  if it is not empty, charts have no colours\n"
      "PATH  where trtexec and other programs are looked for\n" },
    { "exit-codes", "what the exit code says",
      "0  done\n"
      "1  failure\n"
      "2  usage: an option or a word that the tool does not have\n"
      "3  bad input: a file, network, platform, board, unit or instance that is not there or not "
      "right\n"
      "4  a unit or its driver is not available\n"
      "5  verification failed\n"
      "10  a limit was reached: the best so far is given\n"
      "20  proven infeasible\n"
      "128 + n  stopped by signal n: 130 interrupted, 143 terminated\n" },
    { "completion", "commands, options, networks and files by the tab key",
      "An installation has the scripts where bash and zsh look for them. Without one, for this "
      "shell only:\n\n"
      "bash  source <(haxconn help --completion bash)\n"
      "zsh  source <(haxconn help --completion zsh), behind compinit\n" },
    { .name = NULL },
};

const cli_topic *cli_find_topic(const char *name)
{
    for (const cli_topic *topic = cli_topics; topic->name; topic++)
        if (strcmp(topic->name, name) == 0)
            return topic;
    return NULL;
}

static size_t add(char *text, size_t size, size_t used, const char *words)
{
    if (used < size)
        snprintf(text + used, size - used, "%s", words);
    return used + strlen(words);
}

static void networks_text(char *text, size_t size)
{
    size_t used = add(text, size, 0, "Built in, by name: ");
    for (const char *const *name = hax_model_builtin_names(); *name; name++) {
        used = add(text, size, used, *name);
        used = add(text, size, used, name[1] ? ", " : ".\n\n");
    }
    add(text, size, used,
        "Everything else is a file, named with a '/' in it or the ending .prototxt (Caffe, random "
        "weights)\n"
        "or .onnx (with its own weights). Reports call it by its file's name without folder and "
        "ending; a\n"
        "network that stands twice is called NET and NET-2. 'haxconn model list' has their sizes, "
        "'haxconn\n"
        "model show NET' layers, legal cuts and groups.\n");
}

static void platforms_text(char *text, size_t size)
{
    int count;
    const hax_platform_name *names = hax_platform_names(&count);
    size_t used = 0;
    for (int n = 0; n < count; n++) {
        char line[300];
        snprintf(line, sizeof line, "%s  %s\n", names[n].name, names[n].what);
        used = add(text, size, used, line);
    }
    add(text, size, used,
        "FILE.json  a platform document, as 'haxconn units -o FILE.json' writes it\n\n"
        "'haxconn units --platform P' lists the units of one and says why it has these.\n");
}

void cli_topic_text(const cli_topic *topic, char *text, size_t size)
{
    text[0] = '\0';
    if (topic->text)
        add(text, size, 0, topic->text);
    else if (strcmp(topic->name, "networks") == 0)
        networks_text(text, size);
    else
        platforms_text(text, size);
}
