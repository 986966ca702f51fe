/*
 * eac_walk: a walk through an eID chip with foreign code.
 *
 * The card and the host library of this project have one author, so that a misreading of the
 * standards could be on both sides and cancel out. This program has nothing of ours in it but the
 * walk itself: PACE, key derivation and the cryptography of secure messaging are OpenPACE's
 * (libeac), the way to the card is PC/SC (libpcsclite).
 *
 *   eac_walk READER pace can|pin|puk    PACE, then one protected command
 *   eac_walk READER read [FILE]         PACE with the CAN, DG11 of the eID application [into FILE]
 *   eac_walk READER resume              CAN, then the suspended PIN inside that channel, then DG11
 *   eac_walk READER unblock             PUK, RESET RETRY COUNTER of the PIN
 *
 * READER is any part of the reader's name. The codes come from EAC_CAN, EAC_PIN and EAC_PUK: a
 * command line can be seen by everybody on the machine.
 *
 * Each step that went well prints one line on standard output. The first one that did not is named
 * on standard error, and ends the program with status 1; status 2 is a wrong command line.
 *
 *   cc -std=c11 -Wall -Wextra -Werror -I/usr/include/PCSC -o eac_walk eac_walk.c \
 *      -leac -lcrypto -lpcsclite
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <eac/eac.h>
#include <eac/objects.h>
#include <eac/pace.h>
#include <openssl/crypto.h>
#include <openssl/objects.h>
#include <winscard.h>

/* Only APDUs with short length fields are used: every reader can carry them. */
enum {
    MAX_DATA = 255,
    MAX_COMMAND = 4 + 1 + MAX_DATA + 1,
    MAX_RESPONSE = 256 + 2,
    /* The most that READ BINARY can bring in one protected short response: 224 bytes of cryptogram
     * (223 and padding) in DO 87, with DO 99 and DO 8E, are 242 bytes; one block more would be 258,
     * and more than 256 do not fit. */
    MAX_PROTECTED_READ = 223,
    /* No file of this walk is longer. */
    MAX_FILE = 4096,
    MAC_LENGTH = EAC_AES_MAC_LENGTH,
    NONCE_LENGTH = 16,
};

enum {
    SW_OK = 0x9000,
    SW_FEWER_BYTES = 0x6282,
    SW_PIN_SUSPENDED = 0x63C1,
};

enum { SFI_CARD_ACCESS = 0x1C, SFI_DG11 = 11 };

static const uint8_t EID_APPLICATION[] = {0xE8, 0x07, 0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x02};

/* A password as the walk speaks of it. Its reference in DO 83 is libeac's enum s_type, whose values
 * are those of TR-03110-3, B.14.1. */
struct password {
    const char *name;
    const char *variable;
    enum s_type reference;
};

static const struct password CAN = {"CAN", "EAC_CAN", PACE_CAN};
static const struct password PIN = {"PIN", "EAC_PIN", PACE_PIN};
static const struct password PUK = {"PUK", "EAC_PUK", PACE_PUK};

struct card {
    SCARDCONTEXT service;
    SCARDHANDLE handle;
    DWORD protocol;
    bool has_service;
    bool connected;
    /* The secure channel; NULL before PACE. */
    EAC_CTX *channel;
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

/* ---- reporting ------------------------------------------------------------------------------- */

__attribute__((format(printf, 1, 2))) static void done(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    fflush(stdout);
}

/* Always false, so that a failing function can end with `return failed(...)`. */
__attribute__((format(printf, 2, 3))) static bool failed(const char *step, const char *format, ...)
{
    va_list arguments;
    fprintf(stderr, "FAILED %s: ", step);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    return false;
}

/* ---- buffers of libeac ----------------------------------------------------------------------- */

static BUF_MEM *buffer(const void *bytes, size_t length)
{
    BUF_MEM *result = BUF_MEM_new();
    /* BUF_MEM_grow answers 0 both for no memory and for no bytes; nothing here is empty. */
    if (result != NULL && BUF_MEM_grow(result, length) != length) {
        BUF_MEM_free(result);
        result = NULL;
    }
    if (result != NULL)
        memcpy(result->data, bytes, length);
    return result;
}

/* ---- BER-TLV --------------------------------------------------------------------------------- */

/* Takes the data object of this one-byte tag off the front of the input. False, and nothing taken,
 * if another object stands there or its length field is not the shortest or goes past the end. */
static bool take(struct slice *input, uint8_t tag, struct slice *value)
{
    const uint8_t *bytes = input->bytes;
    size_t header = 2;
    if (input->length < header || bytes[0] != tag)
        return false;
    size_t length = bytes[1];
    if (length == 0x81) {
        header = 3;
        if (input->length < header || bytes[2] < 0x80)
            return false;
        length = bytes[2];
    } else if (length == 0x82) {
        header = 4;
        if (input->length < header || bytes[2] == 0)
            return false;
        length = (size_t)bytes[2] << 8 | bytes[3];
    } else if (length >= 0x80) {
        return false;
    }
    if (input->length - header < length)
        return false;
    *value = (struct slice){bytes + header, length};
    *input = (struct slice){bytes + header + length, input->length - header - length};
    return true;
}

/* Appends a data object whose value is a prefix byte (none if negative) and these bytes. False if
 * it does not fit a short command. */
static bool put(uint8_t *out, size_t *length, uint8_t tag, int prefix, const void *bytes,
                size_t count)
{
    size_t value = count + (prefix >= 0 ? 1 : 0);
    size_t header = value < 0x80 ? 2 : 3;
    if (value > 0xFF || *length + header + value > MAX_DATA)
        return false;
    uint8_t *p = out + *length;
    *p++ = tag;
    if (header == 3)
        *p++ = 0x81;
    *p++ = (uint8_t)value;
    if (prefix >= 0)
        *p++ = (uint8_t)prefix;
    memcpy(p, bytes, count);
    *length += header + value;
    return true;
}

/* ---- the card reader ------------------------------------------------------------------------- */

static bool open_card(struct card *card, const char *part_of_name)
{
    static const char step[] = "reader";
    LONG code = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &card->service);
    if (code != SCARD_S_SUCCESS)
        return failed(step, "no smart card service: %s", pcsc_stringify_error(code));
    card->has_service = true;

    LPSTR names = NULL;
    DWORD length = SCARD_AUTOALLOCATE;
    code = SCardListReaders(card->service, NULL, (LPSTR)&names, &length);
    if (code != SCARD_S_SUCCESS)
        return failed(step, "no reader: %s", pcsc_stringify_error(code));
    /* A list of strings; an empty one ends it. */
    const char *name = names;
    while (*name != '\0' && strstr(name, part_of_name) == NULL)
        name += strlen(name) + 1;
    bool found = *name != '\0';
    if (found) {
        code = SCardConnect(card->service, name, SCARD_SHARE_EXCLUSIVE,
                            SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &card->handle, &card->protocol);
        card->connected = code == SCARD_S_SUCCESS;
        if (card->connected)
            done("reader: %s, T=%d", name, card->protocol == SCARD_PROTOCOL_T1);
    }
    SCardFreeMemory(card->service, names);
    if (!found)
        return failed(step, "no reader's name has \"%s\" in it", part_of_name);
    return card->connected || failed(step, "no card: %s", pcsc_stringify_error(code));
}

static void close_card(struct card *card)
{
    EAC_CTX_clear_free(card->channel);
    /* The reset ends the channel on the card's side too. */
    if (card->connected)
        SCardDisconnect(card->handle, SCARD_RESET_CARD);
    if (card->has_service)
        SCardReleaseContext(card->service);
}

/* One exchange, as it is. */
static bool exchange(const struct card *card, const char *step, const struct command *command,
                     struct response *response)
{
    uint8_t apdu[MAX_COMMAND] = {command->cla, command->ins, command->p1, command->p2};
    size_t length = 4;
    if (command->length > MAX_DATA)
        return failed(step, "%zu bytes of data are too many for a short command", command->length);
    if (command->length > 0) {
        apdu[length++] = (uint8_t)command->length;
        memcpy(apdu + length, command->data, command->length);
        length += command->length;
    }
    if (command->expected > 0)
        apdu[length++] = (uint8_t)command->expected; /* 256 becomes 00 */

    const SCARD_IO_REQUEST *protocol =
        card->protocol == SCARD_PROTOCOL_T1 ? SCARD_PCI_T1 : SCARD_PCI_T0;
    DWORD received = sizeof response->data;
    LONG code =
        SCardTransmit(card->handle, protocol, apdu, length, NULL, response->data, &received);
    OPENSSL_cleanse(apdu, sizeof apdu);
    if (code != SCARD_S_SUCCESS)
        return failed(step, "no answer: %s", pcsc_stringify_error(code));
    if (received < 2)
        return failed(step, "an answer without a status word");
    response->length = received - 2;
    response->status =
        (unsigned)response->data[received - 2] << 8 | response->data[received - 1];
    return true;
}

/* ---- secure messaging (ICAO Doc 9303-11, 9.8; TR-03110-3, annex F) --------------------------- */

/* What the checksum is computed over, but for the send sequence counter, which EAC_authenticate
 * puts in front. libeac leaves the padding to its caller, and there are two parts to pad: the
 * header (none in a response) fills a block of its own, the data objects follow; where there are
 * none, nothing follows, not even padding. */
static BUF_MEM *checksum_input(const EAC_CTX *channel, const uint8_t *header, struct slice objects)
{
    BUF_MEM *padded_header = NULL, *padded_objects = NULL, *result = NULL;
    uint8_t all[16 + MAX_RESPONSE + 16];
    size_t length = 0;
    if (header != NULL) {
        BUF_MEM *plain = buffer(header, 4);
        padded_header = plain != NULL ? EAC_add_iso_pad(channel, plain) : NULL;
        BUF_MEM_free(plain);
        if (padded_header == NULL || padded_header->length != 16)
            goto end;
        memcpy(all, padded_header->data, 16);
        length = 16;
    }
    if (objects.length > 0) {
        BUF_MEM *plain = buffer(objects.bytes, objects.length);
        padded_objects = plain != NULL ? EAC_add_iso_pad(channel, plain) : NULL;
        BUF_MEM_free(plain);
        if (padded_objects == NULL || padded_objects->length > sizeof all - length)
            goto end;
        memcpy(all + length, padded_objects->data, padded_objects->length);
        length += padded_objects->length;
    }
    result = buffer(all, length);
end:
    BUF_MEM_free(padded_header);
    BUF_MEM_free(padded_objects);
    return result;
}

static bool protect(const EAC_CTX *channel, const char *step, const struct command *command,
                    uint8_t body[MAX_DATA], struct command *protected)
{
    BUF_MEM *plain = NULL, *padded = NULL, *cryptogram = NULL, *input = NULL, *checksum = NULL;
    bool ok = false;
    size_t length = 0;
    *protected = (struct command){
        .cla = command->cla | 0x0C, /* secure messaging, the header is authenticated */
        .ins = command->ins,
        .p1 = command->p1,
        .p2 = command->p2,
        .data = body,
        .expected = 256,
    };
    const uint8_t header[4] = {protected->cla, protected->ins, protected->p1, protected->p2};

    if (EAC_increment_ssc(channel) != 1) {
        failed(step, "the send sequence counter does not count");
        goto end;
    }
    if (command->length > 0) {
        plain = buffer(command->data, command->length);
        padded = plain != NULL ? EAC_add_iso_pad(channel, plain) : NULL;
        cryptogram = padded != NULL ? EAC_encrypt(channel, padded) : NULL;
        /* 01: padding as EAC_add_iso_pad does it. All commands here have an even INS. */
        if (cryptogram == NULL
            || !put(body, &length, 0x87, 0x01, cryptogram->data, cryptogram->length)) {
            failed(step, "the command cannot be encrypted");
            goto end;
        }
    }
    if (command->expected > 0) {
        const uint8_t expected = (uint8_t)command->expected;
        if (!put(body, &length, 0x97, -1, &expected, 1)) {
            failed(step, "no room for Le");
            goto end;
        }
    }
    input = checksum_input(channel, header, (struct slice){body, length});
    checksum = input != NULL ? EAC_authenticate(channel, input) : NULL;
    if (checksum == NULL || checksum->length != MAC_LENGTH
        || !put(body, &length, 0x8E, -1, checksum->data, checksum->length)) {
        failed(step, "the command cannot be authenticated");
        goto end;
    }
    protected->length = length;
    ok = true;
end:
    BUF_MEM_clear_free(plain);
    BUF_MEM_clear_free(padded);
    BUF_MEM_free(cryptogram);
    BUF_MEM_free(input);
    BUF_MEM_free(checksum);
    return ok;
}

/* Replaces a protected response by what is inside it. The order of the data objects is fixed, and
 * nothing is looked at before the checksum has been verified. */
static bool unprotect(const EAC_CTX *channel, const char *step, struct response *response)
{
    BUF_MEM *input = NULL, *checksum = NULL, *cryptogram = NULL, *padded = NULL, *plain = NULL;
    bool ok = false;
    struct slice rest = {response->data, response->length};
    struct slice encrypted = {NULL, 0}, status, mac;

    if (response->length == 0)
        return failed(step, "the card has ended the channel, status word %04X", response->status);
    bool has_data = take(&rest, 0x87, &encrypted);
    if (!take(&rest, 0x99, &status) || status.length != 2)
        return failed(step, "no status word inside the channel");
    struct slice authenticated = {response->data, (size_t)(rest.bytes - response->data)};
    if (!take(&rest, 0x8E, &mac) || mac.length != MAC_LENGTH || rest.length != 0)
        return failed(step, "no checksum at the end of the response");

    if (EAC_increment_ssc(channel) != 1)
        return failed(step, "the send sequence counter does not count");
    input = checksum_input(channel, NULL, authenticated);
    checksum = buffer(mac.bytes, mac.length);
    if (input == NULL || checksum == NULL
        || EAC_verify_authentication(channel, input, checksum) != 1) {
        failed(step, "the checksum of the response is wrong");
        goto end;
    }
    if (((unsigned)status.bytes[0] << 8 | status.bytes[1]) != response->status) {
        failed(step, "the status word outside is not the authenticated one");
        goto end;
    }
    response->length = 0;
    if (has_data) {
        if (encrypted.length < 1 + 16 || encrypted.length % 16 != 1 || encrypted.bytes[0] != 0x01) {
            failed(step, "DO 87 is not whole blocks with padding indicator 01");
            goto end;
        }
        cryptogram = buffer(encrypted.bytes + 1, encrypted.length - 1);
        padded = cryptogram != NULL ? EAC_decrypt(channel, cryptogram) : NULL;
        plain = padded != NULL ? EAC_remove_iso_pad(padded) : NULL;
        if (plain == NULL) {
            failed(step, "the data of the response cannot be decrypted");
            goto end;
        }
        memcpy(response->data, plain->data, plain->length);
        response->length = plain->length;
    }
    ok = true;
end:
    BUF_MEM_free(input);
    BUF_MEM_free(checksum);
    BUF_MEM_free(cryptogram);
    BUF_MEM_clear_free(padded);
    BUF_MEM_clear_free(plain);
    return ok;
}

/* One exchange, through the secure channel if there is one. */
static bool transmit(const struct card *card, const char *step, const struct command *command,
                     struct response *response)
{
    if (card->channel == NULL)
        return exchange(card, step, command, response);
    uint8_t body[MAX_DATA];
    struct command protected;
    return protect(card->channel, step, command, body, &protected)
        && exchange(card, step, &protected, response)
        && unprotect(card->channel, step, response);
}

static bool expect(const char *step, const struct response *response, unsigned status)
{
    return response->status == status
        || failed(step, "status word %04X instead of %04X", response->status, status);
}

/* ---- files ----------------------------------------------------------------------------------- */

/* Reads an elementary file that is one data object of this tag. */
static bool read_file(const struct card *card, const char *step, uint8_t sfi, uint8_t tag,
                      struct file *file)
{
    /* READ BINARY with a short file identifier makes the file the current one, so the rest is read
     * without it. */
    uint8_t p1 = 0x80 | sfi;
    file->length = 0;
    for (;;) {
        struct response part;
        const struct command command = {
            .ins = 0xB0,
            .p1 = p1,
            .p2 = (uint8_t)file->length,
            .expected = MAX_PROTECTED_READ,
        };
        if (!transmit(card, step, &command, &part))
            return false;
        /* 6282: the file ended before Le. */
        if (part.status != SW_OK && part.status != SW_FEWER_BYTES)
            return failed(step, "READ BINARY at %zu: status word %04X", file->length, part.status);
        if (part.length == 0 || part.length > MAX_PROTECTED_READ)
            return failed(step, "READ BINARY brought %zu bytes", part.length);
        if (file->length + part.length > sizeof file->bytes)
            return failed(step, "the file is too long for this program");
        memcpy(file->bytes + file->length, part.data, part.length);
        file->length += part.length;

        struct slice all = {file->bytes, file->length}, value;
        if (take(&all, tag, &value))
            return all.length == 0 || failed(step, "%zu bytes after the file's end", all.length);
        if (part.status == SW_FEWER_BYTES || file->bytes[0] != tag)
            return failed(step, "the file is not one data object %02X", tag);
        p1 = (uint8_t)(file->length >> 8);
    }
}

/* ---- PACE (TR-03110-2, 3.2; TR-03110-3, B.1 and B.14) ---------------------------------------- */

/* A context with the card's own parameters. */
static EAC_CTX *pace_context(const struct file *card_access)
{
    static const char step[] = "EF.CardAccess";
    EAC_CTX *context = EAC_CTX_new();
    if (context == NULL) {
        failed(step, "no memory");
        return NULL;
    }
    /* Takes the first PACEInfo that libeac can do; it does not know PACE-CAM and passes over it. */
    if (EAC_CTX_init_ef_cardaccess(card_access->bytes, card_access->length, context) != 1
        || context->pace_ctx == NULL) {
        failed(step, "libeac finds nothing in it that it can do");
        EAC_CTX_clear_free(context);
        return NULL;
    }
    /* Secure messaging above is written for AES, and the mapping shall be the one that every eID
     * card has. (These identifiers are variables, so no switch.) */
    int protocol = context->pace_ctx->protocol;
    if (protocol != NID_id_PACE_ECDH_GM_AES_CBC_CMAC_128
        && protocol != NID_id_PACE_ECDH_GM_AES_CBC_CMAC_192
        && protocol != NID_id_PACE_ECDH_GM_AES_CBC_CMAC_256) {
        failed(step, "%s is not ECDH with generic mapping and AES", EAC_OBJ_nid2sn(protocol));
        EAC_CTX_clear_free(context);
        return NULL;
    }
    return context;
}

/* MSE:Set AT without CHAT: a local session. Says the state of the password in its status word. */
static bool select_pace(const struct card *card, const char *step, const PACE_CTX *pace,
                        const struct password *password, struct response *response)
{
    uint8_t data[MAX_DATA];
    size_t length = 0;
    const ASN1_OBJECT *protocol = EAC_OBJ_nid2obj(pace->protocol);
    const uint8_t reference = (uint8_t)password->reference;
    const uint8_t parameters = (uint8_t)pace->id;
    if (protocol == NULL
        || !put(data, &length, 0x80, -1, OBJ_get0_data(protocol), OBJ_length(protocol))
        || !put(data, &length, 0x83, -1, &reference, 1)
        /* libeac's id is -1 where the PACEInfo has no parameterId. */
        || (pace->id >= 0 && !put(data, &length, 0x84, -1, &parameters, 1)))
        return failed(step, "MSE:Set AT cannot be encoded");
    const struct command command = {
        .ins = 0x22, .p1 = 0xC1, .p2 = 0xA4, .data = data, .length = length};
    return transmit(card, step, &command, response);
}

/* One step of GENERAL AUTHENTICATE: our object (none in the first step) against the card's, which
 * has to come alone. The chaining bit says that more steps follow. */
static BUF_MEM *authenticate_step(const struct card *card, const char *step, bool last,
                                  uint8_t our_tag, const BUF_MEM *ours, uint8_t their_tag)
{
    uint8_t object[MAX_DATA], data[MAX_DATA];
    size_t object_length = 0, length = 0;
    if ((ours != NULL && !put(object, &object_length, our_tag, -1, ours->data, ours->length))
        || !put(data, &length, 0x7C, -1, object, object_length)) {
        failed(step, "the command cannot be encoded");
        return NULL;
    }
    struct response response;
    const struct command command = {
        .cla = last ? 0x00 : 0x10,
        .ins = 0x86,
        .data = data,
        .length = length,
        .expected = 256,
    };
    if (!transmit(card, step, &command, &response) || !expect(step, &response, SW_OK))
        return NULL;
    struct slice rest = {response.data, response.length}, dynamic, theirs;
    if (!take(&rest, 0x7C, &dynamic) || rest.length != 0 || !take(&dynamic, their_tag, &theirs)
        || dynamic.length != 0 || theirs.length == 0) {
        failed(step, "the card's answer is not 7C with %02X alone", their_tag);
        return NULL;
    }
    BUF_MEM *result = buffer(theirs.bytes, theirs.length);
    if (result == NULL)
        failed(step, "no memory");
    return result;
}

/* The four steps of GENERAL AUTHENTICATE, up to derived keys. */
static bool run_pace(const struct card *card, EAC_CTX *context, const PACE_SEC *secret)
{
    BUF_MEM *nonce = NULL, *our_mapping = NULL, *their_mapping = NULL, *our_key = NULL;
    BUF_MEM *their_key = NULL, *our_token = NULL, *their_token = NULL;
    bool ok = false;
    const char *step = "PACE nonce";
    nonce = authenticate_step(card, step, false, 0, NULL, 0x80);
    if (nonce == NULL)
        goto end;
    if (nonce->length != NONCE_LENGTH || PACE_STEP2_dec_nonce(context, secret, nonce) != 1) {
        failed(step, "%zu bytes that cannot be decrypted", nonce->length);
        goto end;
    }

    step = "PACE mapping";
    our_mapping = PACE_STEP3A_generate_mapping_data(context);
    if (our_mapping == NULL) {
        failed(step, "no key pair");
        goto end;
    }
    their_mapping = authenticate_step(card, step, false, 0x81, our_mapping, 0x82);
    if (their_mapping == NULL)
        goto end;
    if (PACE_STEP3A_map_generator(context, their_mapping) != 1) {
        failed(step, "the card's point cannot be used");
        goto end;
    }

    step = "PACE key agreement";
    our_key = PACE_STEP3B_generate_ephemeral_key(context);
    if (our_key == NULL) {
        failed(step, "no key pair");
        goto end;
    }
    their_key = authenticate_step(card, step, false, 0x83, our_key, 0x84);
    if (their_key == NULL)
        goto end;
    /* libeac refuses here what is not on the curve, and our own key sent back. */
    if (PACE_STEP3B_compute_shared_secret(context, their_key) != 1
        || PACE_STEP3C_derive_keys(context) != 1) {
        failed(step, "the card's key cannot be used");
        goto end;
    }

    /* The card learns first whether the password was right: a wrong one is its status word here. */
    step = "PACE token";
    our_token = PACE_STEP3D_compute_authentication_token(context, their_key);
    if (our_token == NULL) {
        failed(step, "no token");
        goto end;
    }
    their_token = authenticate_step(card, step, true, 0x85, our_token, 0x86);
    if (their_token == NULL)
        goto end;
    /* Not 1 may be 0 or -1. */
    if (their_token->length != MAC_LENGTH
        || PACE_STEP3D_verify_authentication_token(context, their_token) != 1) {
        failed(step, "the card's token is wrong: it does not know the password");
        goto end;
    }
    ok = true;
end:
    BUF_MEM_free(nonce);
    BUF_MEM_free(our_mapping);
    BUF_MEM_free(their_mapping);
    BUF_MEM_free(our_key);
    BUF_MEM_free(their_key);
    BUF_MEM_free(our_token);
    BUF_MEM_free(their_token);
    return ok;
}

/* PACE with this password, inside the open channel if there is one. The new channel takes its place
 * once it stands, and not before: the card's last answer still comes through the old one. */
static bool pace(struct card *card, const struct file *card_access, const struct password *password)
{
    const char *code = getenv(password->variable);
    if (code == NULL || *code == '\0')
        return failed("PACE", "%s is not set", password->variable);
    EAC_CTX *context = pace_context(card_access);
    PACE_SEC *secret = PACE_SEC_new(code, strlen(code), password->reference);
    bool inside = card->channel != NULL;
    bool ok = false;
    struct response selected;
    if (context == NULL)
        goto end;
    if (secret == NULL) {
        failed("PACE", "%s is no password", password->variable);
        goto end;
    }
    if (!select_pace(card, "PACE MSE:Set AT", context->pace_ctx, password, &selected))
        goto end;
    /* 63Cx is no failure: it tells how many tries are left. */
    if (selected.status != SW_OK && (selected.status & 0xFFF0) != 0x63C0) {
        expect("PACE MSE:Set AT", &selected, SW_OK);
        goto end;
    }
    if (!run_pace(card, context, secret))
        goto end;
    if (EAC_CTX_set_encryption_ctx(context, EAC_ID_PACE) != 1) {
        failed("PACE", "libeac cannot start secure messaging");
        goto end;
    }
    done("PACE with the %s: %s, parameters %d, MSE:Set AT %04X, tokens verified%s", password->name,
         EAC_OBJ_nid2sn(context->pace_ctx->protocol), context->pace_ctx->id, selected.status,
         inside ? ", inside the first channel" : "");
    EAC_CTX_clear_free(card->channel);
    card->channel = context;
    context = NULL;
    ok = true;
end:
    PACE_SEC_clear_free(secret);
    EAC_CTX_clear_free(context);
    return ok;
}

/* What MSE:Set AT says of the PIN, asked as it stands: inside the channel if there is one. */
static bool pin_state(const struct card *card, const struct file *card_access, unsigned *status)
{
    struct response response;
    EAC_CTX *context = pace_context(card_access);
    bool ok = context != NULL
        && select_pace(card, "PIN state", context->pace_ctx, &PIN, &response);
    EAC_CTX_clear_free(context);
    if (ok)
        *status = response.status;
    return ok;
}

/* The same after the channel, and it has to be 9000, all tries. This one command is sent plain,
 * which ends the channel, and so comes last. */
static bool pin_has_all_tries(struct card *card, const struct file *card_access)
{
    unsigned status;
    EAC_CTX_clear_free(card->channel);
    card->channel = NULL;
    if (!pin_state(card, card_access, &status))
        return false;
    if (status != SW_OK)
        return failed("PIN state", "status word %04X instead of %04X", status, SW_OK);
    done("PIN state: 9000, all tries");
    return true;
}

/* ---- the walks ------------------------------------------------------------------------------- */

static bool open_card_access(const struct card *card, struct file *file)
{
    if (!read_file(card, "EF.CardAccess", SFI_CARD_ACCESS, 0x31, file))
        return false;
    done("EF.CardAccess: %zu bytes", file->length);
    return true;
}

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

static bool read_dg11(const struct card *card, const char *path)
{
    struct file group;
    if (!select_eid(card) || !read_file(card, "DG11", SFI_DG11, 0x6B, &group))
        return false;
    done("DG11: %zu bytes, checksums verified", group.length);
    if (path == NULL)
        return true;
    FILE *out = fopen(path, "wb");
    bool written = out != NULL && fwrite(group.bytes, group.length, 1, out) == 1;
    /* What was buffered may fail to be written as late as here. */
    if (out != NULL && fclose(out) != 0)
        written = false;
    return written || failed("DG11", "%s cannot be written", path);
}

static bool walk_pace(struct card *card, const struct password *password)
{
    struct file card_access;
    return open_card_access(card, &card_access) && pace(card, &card_access, password)
        && select_eid(card);
}

static bool walk_read(struct card *card, const char *path)
{
    struct file card_access;
    return open_card_access(card, &card_access) && pace(card, &card_access, &CAN)
        && read_dg11(card, path);
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
    return pace(card, &card_access, &CAN) && pace(card, &card_access, &PIN)
        && read_dg11(card, NULL) && pin_has_all_tries(card, &card_access);
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
    if (!pace(card, &card_access, &PUK))
        return false;
    /* P1 03: nothing but the counter (TR-03110-3, B.14.11). */
    const struct command command = {.ins = 0x2C, .p1 = 0x03, .p2 = PACE_PIN};
    if (!transmit(card, step, &command, &response) || !expect(step, &response, SW_OK))
        return false;
    done("%s: 9000", step);
    return pin_has_all_tries(card, &card_access);
}

static const struct password *password_named(const char *name)
{
    if (strcmp(name, "can") == 0)
        return &CAN;
    if (strcmp(name, "pin") == 0)
        return &PIN;
    if (strcmp(name, "puk") == 0)
        return &PUK;
    return NULL;
}

int main(int argc, char **argv)
{
    const char *mode = argc >= 3 ? argv[2] : "";
    bool pace_mode = argc == 4 && strcmp(mode, "pace") == 0 && password_named(argv[3]) != NULL;
    bool read_mode = (argc == 3 || argc == 4) && strcmp(mode, "read") == 0;
    bool resume_mode = argc == 3 && strcmp(mode, "resume") == 0;
    bool unblock_mode = argc == 3 && strcmp(mode, "unblock") == 0;
    if (!pace_mode && !read_mode && !resume_mode && !unblock_mode) {
        fprintf(stderr, "usage: eac_walk READER pace can|pin|puk\n"
                        "       eac_walk READER read [FILE]\n"
                        "       eac_walk READER resume\n"
                        "       eac_walk READER unblock\n");
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
    close_card(&card);
    EAC_cleanup();
    if (ok)
        done("all steps done");
    return ok ? 0 : 1;
}
