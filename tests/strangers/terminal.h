/*
 * Terminal Authentication 2 and Chip Authentication 2 (TR-03110-2, 3.3 and 3.4) over libeac.
 */
#ifndef EAC_WALK_TERMINAL_H
#define EAC_WALK_TERMINAL_H

#include "card.h"

#include <eac/cv_cert.h>
#include <openssl/evp.h>

enum { CHAIN_LENGTH = 2 };

/* A terminal's certificates, from the one that the card's trust-point issued to its own, and its
 * private key. */
struct terminal {
    struct file files[CHAIN_LENGTH];
    CVC_CERT *chain[CHAIN_LENGTH];
    EVP_PKEY *key;
    /* What the terminal's certificate says that it may do, as DO 7F4C. */
    struct slice chat;
    uint8_t *encoded_chat;
};

/* Reads a file of this folder. */
bool load(struct file *file, const char *folder, const char *name);

/* What is inside a file that is one data object 7Fxx, and nothing else. */
bool inside(const struct file *file, uint8_t second_byte, struct slice *value);

/* Reads dv.cvcert, at.cvcert and at.key (DER, RFC 5915 or PKCS #8) of this folder. */
bool open_terminal(struct terminal *terminal, const char *folder);
void close_terminal(struct terminal *terminal);

/* In the channel of a PACE with the terminal's CHAT. The auxiliary data, one DO 67 or nothing, are
 * signed too. */
bool authenticate_terminal(const struct card *card, const struct terminal *terminal,
                           struct slice auxiliary);

/* After authenticate_terminal. Leaves the card with a new channel. */
bool authenticate_chip(const struct card *card);

#endif
