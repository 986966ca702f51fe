/*
 * A card in a reader (libpcsclite), the secure channel to it with libeac's cryptography, its files,
 * and how a step of a walk is reported.
 */
#ifndef EAC_WALK_CARD_H
#define EAC_WALK_CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <eac/eac.h>
#include <openssl/buffer.h>
#include <winscard.h>

/* Only APDUs with short length fields are sent: every reader can carry them. A command that is longer
 * travels inside ENVELOPE (TR-03110-3, annex E). */
enum {
    MAX_DATA = 512,
    MAX_SHORT_DATA = 255,
    MAX_COMMAND = 4 + 3 + MAX_DATA + 2,
    MAX_RESPONSE = 256 + 2,
    /* The most that READ BINARY can bring in one protected short response: 224 bytes of cryptogram
     * (223 and padding) in DO 87, with DO 99 and DO 8E, are 242 bytes; one block more would be 258,
     * and more than 256 do not fit. */
    MAX_PROTECTED_READ = 223,
    /* The most that a protected short command without Le can carry: 240 bytes of cryptogram (239
     * and padding) in DO 87, with DO 8E, are 254 bytes. */
    MAX_PROTECTED_DATA = 239,
    /* No file of a walk is longer. */
    MAX_FILE = 4096,
    MAC_LENGTH = EAC_AES_MAC_LENGTH,
};

enum {
    SW_OK = 0x9000,
    SW_FEWER_BYTES = 0x6282,
};

struct card {
    SCARDCONTEXT service;
    SCARDHANDLE handle;
    DWORD protocol;
    bool has_service;
    bool connected;
    /* The secure channel; NULL before PACE. */
    EAC_CTX *channel;
    /* The card's ephemeral key of the PACE that opened the channel, and with it the name of the
     * session; NULL before PACE. */
    BUF_MEM *pace_key;
};

struct command {
    uint8_t cla, ins, p1, p2;
    const uint8_t *data;
    size_t length;
    /* Number of bytes wanted, 1 to 256; 0 for none. */
    unsigned expected;
};

struct response {
    uint8_t data[MAX_RESPONSE];
    size_t length;
    unsigned status;
};

/* Bytes inside somebody else's buffer. */
struct slice {
    const uint8_t *bytes;
    size_t length;
};

struct file {
    uint8_t bytes[MAX_FILE];
    size_t length;
};

/* A step that went well, on standard output. */
__attribute__((format(printf, 1, 2))) void done(const char *format, ...);

/* The step that did not, on standard error. Always false, so that a failing function can end with
 * `return failed(...)`. */
__attribute__((format(printf, 2, 3))) bool failed(const char *step, const char *format, ...);

/* A copy of these bytes, of which there has to be one at least; NULL without memory. */
BUF_MEM *buffer(const void *bytes, size_t length);

/* Takes the data object of this one-byte tag off the front of the input. False, and nothing taken,
 * if another object stands there or its length field is not the shortest or goes past the end. */
bool take(struct slice *input, uint8_t tag, struct slice *value);

/* Appends a data object whose value is a prefix byte (none if negative) and these bytes. False if
 * it does not fit a command of MAX_DATA. */
bool put(uint8_t *out, size_t *length, uint8_t tag, int prefix, const void *bytes, size_t count);

bool open_card(struct card *card, const char *part_of_name);
void close_card(struct card *card);

/* One exchange, through the secure channel if there is one. */
bool transmit(const struct card *card, const char *step, const struct command *command,
              struct response *response);
bool expect(const char *step, const struct response *response, unsigned status);

/* A command without Le whose data may be too long for one APDU: in parts with the chaining bit
 * (ISO/IEC 7816-4, 5.3.3), each protected by itself. The card has to answer each with 9000. */
bool transmit_in_parts(const struct card *card, const char *step, const struct command *command);

/* GENERAL AUTHENTICATE with our object (none if it is NULL). What the card answers in its 7C is
 * left in the response, and pointed to. The chaining bit says that more steps follow. */
bool general_authenticate(const struct card *card, const char *step, bool last, uint8_t our_tag,
                          const BUF_MEM *ours, struct response *response, struct slice *dynamic);

/* Reads an elementary file that is one data object of this tag. */
bool read_file(const struct card *card, const char *step, uint8_t sfi, uint8_t tag,
               struct file *file);

/* Writes these bytes into the file of this name; into none if that is NULL. */
bool write_file(const char *step, const char *path, struct slice contents);

#endif
