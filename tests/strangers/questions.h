/*
 * What a terminal gets instead of data: an answer to a question about the age, and a pseudonym
 * (TR-03110-3, B.6 and B.4).
 */
#ifndef EAC_WALK_QUESTIONS_H
#define EAC_WALK_QUESTIONS_H

#include "card.h"

/* A question to which the terminal commits itself, as DO 67. */
struct question {
    uint8_t auxiliary[MAX_DATA];
    size_t length;
};

/* Was the holder born on that date, YYYYMMDD, or before? */
bool born_by(struct question *question, const char *date);

/* After Chip Authentication. The answer is printed: yes or no. */
bool ask(const struct card *card);

/* After Chip Authentication. Reads sector (DO 7F49), sector.key (DER) and card.point of this folder,
 * has the card compute the pseudonym, and holds it against what libeac computes with the sector's
 * private and the card's public key: both sides of one key agreement. */
bool identify(const struct card *card, const char *folder, const char *path);

#endif
