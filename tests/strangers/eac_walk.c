/*
 * eac_walk: a walk through an eID chip with foreign code.
 *
 * The card and the host library of this project have one author, so that a misreading of the
 * standards could be on both sides and cancel out. This program has nothing of ours in it but the
 * walk itself: PACE, Terminal and Chip Authentication, key derivation and the cryptography of
 * secure messaging are OpenPACE's (libeac), the way to the card is PC/SC (libpcsclite).
 *
 *   eac_walk READER pace can|pin|puk    PACE, then one protected command
 *   eac_walk READER read [FILE]         PACE with the CAN, DG11 of the eID application [into FILE]
 *   eac_walk READER resume              CAN, then the suspended PIN inside that channel, then DG11
 *   eac_walk READER unblock             PUK, RESET RETRY COUNTER of the PIN
 *   eac_walk READER terminal can|pin FOLDER GROUP [FILE]
 *                                       PACE as the terminal whose certificates and key are in
 *                                       FOLDER (dv.cvcert, at.cvcert, at.key), Terminal and Chip
 *                                       Authentication 2, then that group [into FILE]
 *   eac_walk READER ask can|pin FOLDER DATE [FILE]
 *                                       the same, but instead of a group: was the holder born on
 *                                       DATE (YYYYMMDD) or before, and which pseudonym has the
 *                                       holder in the sector of FOLDER [into FILE]
 *
 * READER is any part of the reader's name. The codes come from EAC_CAN, EAC_PIN and EAC_PUK: a
 * command line can be seen by everybody on the machine.
 *
 * Each step that went well prints one line on standard output. The first one that did not is named
 * on standard error, and ends the program with status 1; status 2 is a wrong command line.
 *
 *   cc -std=c11 -Wall -Wextra -Werror -I/usr/include/PCSC -o eac_walk eac_walk.c card.c pace.c \
 *      terminal.c questions.c -leac -lcrypto -lpcsclite
 */
#include "card.h"
#include "pace.h"
#include "questions.h"
#include "terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SW_PIN_SUSPENDED = 0x63C1 };

static const uint8_t EID_APPLICATION[] = {0xE8, 0x07, 0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x02};

/* No CHAT. */
static const struct slice LOCAL = {NULL, 0};
/* No auxiliary data. */
static const struct slice NO_QUESTION = {NULL, 0};

/* ---- the walks ------------------------------------------------------------------------------- */

static bool select_eid(const struct card *card)
{
    static const char step[] = "SELECT eID application";
    struct response response;
    const struct command command = {
        .ins = 0xA4,
        .p1 = 0x04,
        .p2 = 0x0C,
        .data = EID_APPLICATION,
        .length = sizeof EID_APPLICATION,
    };
    if (!transmit(card, step, &command, &response) || !expect(step, &response, SW_OK))
        return false;
    done("%s: 9000", step);
    return true;
}

/* A group of the eID application [into a file]. */
static bool read_group(const struct card *card, unsigned number, const char *path)
{
    struct file group;
    char step[sizeof "DG255"];
    snprintf(step, sizeof step, "DG%u", number & 0xFF);
    /* DGn has the short file identifier n and the application tag n. */
    if (!select_eid(card) || !read_file(card, step, (uint8_t)number, 0x60 | number, &group))
        return false;
    done("%s: %zu bytes, checksums verified", step, group.length);
    return write_file(step, path, (struct slice){group.bytes, group.length});
}

static bool walk_pace(struct card *card, const struct password *password)
{
    struct file card_access;
    return open_card_access(card, &card_access) && pace(card, &card_access, password, LOCAL)
        && select_eid(card);
}

static bool walk_read(struct card *card, const char *path)
{
    struct file card_access;
    return open_card_access(card, &card_access) && pace(card, &card_access, &CAN, LOCAL)
        && read_group(card, 11, path);
}

static bool walk_resume(struct card *card)
{
    struct file card_access;
    unsigned status;
    if (!open_card_access(card, &card_access) || !pin_state(card, &card_access, &status))
        return false;
    if (status != SW_PIN_SUSPENDED)
        return failed("PIN state", "status word %04X: the PIN is not suspended", status);
    done("PIN state: 63C1, suspended");
    return pace(card, &card_access, &CAN, LOCAL) && pace(card, &card_access, &PIN, LOCAL)
        && read_group(card, 11, NULL) && pin_has_all_tries(card, &card_access);
}

static bool walk_unblock(struct card *card)
{
    static const char step[] = "RESET RETRY COUNTER";
    struct file card_access;
    struct response response;
    unsigned status;
    if (!open_card_access(card, &card_access) || !pin_state(card, &card_access, &status))
        return false;
    done("PIN state: %04X", status);
    if (!pace(card, &card_access, &PUK, LOCAL))
        return false;
    /* P1 03: nothing but the counter (TR-03110-3, B.14.11). */
    const struct command command = {.ins = 0x2C, .p1 = 0x03, .p2 = PACE_PIN};
    if (!transmit(card, step, &command, &response) || !expect(step, &response, SW_OK))
        return false;
    done("%s: 9000", step);
    return pin_has_all_tries(card, &card_access);
}

static bool walk_terminal(struct card *card, const struct password *password, const char *folder,
                          unsigned group, const char *path)
{
    struct file card_access;
    struct terminal terminal;
    bool ok = open_terminal(&terminal, folder) && open_card_access(card, &card_access)
        && pace(card, &card_access, password, terminal.chat)
        && authenticate_terminal(card, &terminal, NO_QUESTION) && authenticate_chip(card)
        && read_group(card, group, path);
    close_terminal(&terminal);
    return ok;
}

static bool walk_ask(struct card *card, const struct password *password, const char *folder,
                     const char *date, const char *path)
{
    struct file card_access;
    struct terminal terminal;
    struct question question;
    if (!born_by(&question, date))
        return false;
    bool ok = open_terminal(&terminal, folder) && open_card_access(card, &card_access)
        && pace(card, &card_access, password, terminal.chat)
        && authenticate_terminal(card, &terminal,
                                 (struct slice){question.auxiliary, question.length})
        && authenticate_chip(card) && ask(card) && identify(card, folder, path);
    close_terminal(&terminal);
    return ok;
}

/* The number of a group that can stand in a tag of one byte; 0 if it is none. */
static unsigned group_numbered(const char *text)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);
    return *end == '\0' && number <= 30 ? (unsigned)number : 0;
}

int main(int argc, char **argv)
{
    const char *mode = argc >= 3 ? argv[2] : "";
    bool pace_mode = argc == 4 && strcmp(mode, "pace") == 0 && password_named(argv[3]) != NULL;
    bool read_mode = (argc == 3 || argc == 4) && strcmp(mode, "read") == 0;
    bool resume_mode = argc == 3 && strcmp(mode, "resume") == 0;
    bool unblock_mode = argc == 3 && strcmp(mode, "unblock") == 0;
    bool terminal_mode = (argc == 6 || argc == 7) && strcmp(mode, "terminal") == 0
        && password_named(argv[3]) != NULL && group_numbered(argv[5]) != 0;
    bool ask_mode = (argc == 6 || argc == 7) && strcmp(mode, "ask") == 0
        && password_named(argv[3]) != NULL;
    if (!pace_mode && !read_mode && !resume_mode && !unblock_mode && !terminal_mode && !ask_mode) {
        fprintf(stderr, "usage: eac_walk READER pace can|pin|puk\n"
                        "       eac_walk READER read [FILE]\n"
                        "       eac_walk READER resume\n"
                        "       eac_walk READER unblock\n"
                        "       eac_walk READER terminal can|pin FOLDER GROUP [FILE]\n"
                        "       eac_walk READER ask can|pin FOLDER DATE [FILE]\n");
        return 2;
    }

    EAC_init();
    struct card card = {0};
    bool ok = open_card(&card, argv[1]);
    if (ok && pace_mode)
        ok = walk_pace(&card, password_named(argv[3]));
    else if (ok && read_mode)
        ok = walk_read(&card, argc == 4 ? argv[3] : NULL);
    else if (ok && resume_mode)
        ok = walk_resume(&card);
    else if (ok && unblock_mode)
        ok = walk_unblock(&card);
    else if (ok && terminal_mode)
        ok = walk_terminal(&card, password_named(argv[3]), argv[4], group_numbered(argv[5]),
                           argc == 7 ? argv[6] : NULL);
    else if (ok && ask_mode)
        ok = walk_ask(&card, password_named(argv[3]), argv[4], argv[5], argc == 7 ? argv[6] : NULL);
    close_card(&card);
    EAC_cleanup();
    if (ok)
        done("all steps done");
    return ok ? 0 : 1;
}
