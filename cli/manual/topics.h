/* What help has to say beside commands. */
#ifndef CLI_TOPICS_H
#define CLI_TOPICS_H

#include <stddef.h>

typedef struct cli_topic {
    const char *name;
    const char *summary; /* one line */
    const char *text;    /* as that of a command; NULL: made by cli_topic_text */
} cli_topic;

/* All of them; the last one's name is NULL. */
extern const cli_topic cli_topics[];

/* NULL when there is none of that name. */
const cli_topic *cli_find_topic(const char *name);

/* The text of a topic, with lists of what the library knows; cut where `size` bytes do not hold
 * it. */
void cli_topic_text(const cli_topic *topic, char *text, size_t size);

#endif
