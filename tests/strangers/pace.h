/*
 * PACE (TR-03110-2, 3.2; TR-03110-3, B.1 and B.14) over libeac.
 */
#ifndef EAC_WALK_PACE_H
#define EAC_WALK_PACE_H

#include "card.h"

#include <eac/pace.h>

/* A password as the walk speaks of it. Its reference in DO 83 is libeac's enum s_type, whose values
 * are those of TR-03110-3, B.14.1. */
struct password {
    const char *name;
    const char *variable;
    enum s_type reference;
};

extern const struct password CAN, PIN, PUK;

/* The password for can, pin or puk; NULL for another name. */
const struct password *password_named(const char *name);

/* Reads EF.CardAccess, before PACE. */
bool open_card_access(const struct card *card, struct file *file);

/* PACE with this password, inside the open channel if there is one. The new channel takes its place
 * once it stands, and not before: the card's last answer still comes through the old one. With a
 * CHAT (the whole DO 7F4C) the session is a terminal's, else local. */
bool pace(struct card *card, const struct file *card_access, const struct password *password,
          struct slice chat);

/* What MSE:Set AT says of the PIN, asked as it stands: inside the channel if there is one. */
bool pin_state(const struct card *card, const struct file *card_access, unsigned *status);

/* The same after the channel, and it has to be 9000, all tries. This one command is sent plain,
 * which ends the channel, and so comes last. */
bool pin_has_all_tries(struct card *card, const struct file *card_access);

#endif
