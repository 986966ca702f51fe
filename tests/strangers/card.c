#include "card.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

/* ---- reporting ------------------------------------------------------------------------------- */

void done(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    fflush(stdout);
}

bool failed(const char *step, const char *format, ...)
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

BUF_MEM *buffer(const void *bytes, size_t length)
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

bool take(struct slice *input, uint8_t tag, struct slice *value)
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

bool put(uint8_t *out, size_t *length, uint8_t tag, int prefix, const void *bytes, size_t count)
{
    size_t value = count + (prefix >= 0 ? 1 : 0);
    size_t header = value < 0x80 ? 2 : value <= 0xFF ? 3 : 4;
    if (*length + header + value > MAX_DATA)
        return false;
    uint8_t *p = out + *length;
    *p++ = tag;
    if (header > 2)
        *p++ = (uint8_t)(0x80 | (header - 2));
    if (header == 4)
        *p++ = (uint8_t)(value >> 8);
    *p++ = (uint8_t)value;
    if (prefix >= 0)
        *p++ = (uint8_t)prefix;
    memcpy(p, bytes, count);
    *length += header + value;
    return true;
}

/* ---- the card reader ------------------------------------------------------------------------- */

bool open_card(struct card *card, const char *part_of_name)
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

void close_card(struct card *card)
{
    EAC_CTX_clear_free(card->channel);
    BUF_MEM_free(card->pace_key);
    /* The reset ends the channel on the card's side too. */
    if (card->connected)
        SCardDisconnect(card->handle, SCARD_RESET_CARD);
    if (card->has_service)
        SCardReleaseContext(card->service);
}

/* A command as bytes, with length fields of one byte or, with data that do not fit those, of two. */
static size_t encode(uint8_t apdu[MAX_COMMAND], const struct command *command)
{
    bool extended = command->length > MAX_SHORT_DATA;
    size_t length = 0;
    apdu[length++] = command->cla;
    apdu[length++] = command->ins;
    apdu[length++] = command->p1;
    apdu[length++] = command->p2;
    if (extended) {
        apdu[length++] = 0;
        apdu[length++] = (uint8_t)(command->length >> 8);
    }
    if (command->length > 0) {
        apdu[length++] = (uint8_t)command->length;
        memcpy(apdu + length, command->data, command->length);
        length += command->length;
    }
    if (command->expected > 0) {
        if (extended)
            apdu[length++] = (uint8_t)(command->expected >> 8);
        apdu[length++] = (uint8_t)command->expected; /* in one byte, 256 becomes 00 */
    }
    return length;
}

/* One exchange of a short APDU. */
static bool carry(const struct card *card, const char *step, uint8_t *apdu, size_t length,
                  struct response *response)
{
    const SCARD_IO_REQUEST *protocol =
        card->protocol == SCARD_PROTOCOL_T1 ? SCARD_PCI_T1 : SCARD_PCI_T0;
    DWORD received = sizeof response->data;
    LONG code =
        SCardTransmit(card->handle, protocol, apdu, length, NULL, response->data, &received);
    OPENSSL_cleanse(apdu, length);
    if (code != SCARD_S_SUCCESS)
        return failed(step, "no answer: %s", pcsc_stringify_error(code));
    if (received < 2)
        return failed(step, "an answer without a status word");
    response->length = received - 2;
    response->status =
        (unsigned)response->data[received - 2] << 8 | response->data[received - 1];
    return true;
}

/* A longer APDU in parts. The card answers the last one with the number of bytes to be fetched, and
 * they are the whole response APDU, status word included. */
static bool envelop(const struct card *card, const char *step, const uint8_t *apdu, size_t length,
                    struct response *response)
{
    uint8_t part[MAX_COMMAND];
    for (size_t sent = 0; sent < length;) {
        size_t left = length - sent;
        bool last = left <= MAX_SHORT_DATA;
        const struct command envelope = {
            .cla = last ? 0x00 : 0x10,
            .ins = 0xC2,
            .data = apdu + sent,
            .length = last ? left : MAX_SHORT_DATA,
        };
        sent += envelope.length;
        if (!carry(card, step, part, encode(part, &envelope), response)
            || (!last && !expect(step, response, SW_OK)))
            return false;
    }
    if (response->status >> 8 != 0x61 || response->length != 0)
        return failed(step, "ENVELOPE: status word %04X instead of 61xx", response->status);
    const struct command fetch = {.ins = 0xC0, .expected = response->status & 0xFF};
    if (!carry(card, step, part, encode(part, &fetch), response) || !expect(step, response, SW_OK))
        return false;
    if (response->length < 2)
        return failed(step, "GET RESPONSE: no status word");
    response->length -= 2;
    const uint8_t *status = response->data + response->length;
    response->status = (unsigned)status[0] << 8 | status[1];
    return true;
}

/* One exchange, as it is. */
static bool exchange(const struct card *card, const char *step, const struct command *command,
                     struct response *response)
{
    uint8_t apdu[MAX_COMMAND];
    if (command->length > MAX_DATA)
        return failed(step, "%zu bytes of data are too many", command->length);
    size_t length = encode(apdu, command);
    bool ok = command->length <= MAX_SHORT_DATA ? carry(card, step, apdu, length, response)
                                                : envelop(card, step, apdu, length, response);
    OPENSSL_cleanse(apdu, sizeof apdu);
    return ok;
}

/* ---- secure messaging (ICAO Doc 9303-11, 9.8; TR-03110-3, annex F) --------------------------- */

/* What the checksum is computed over, but for the send sequence counter, which EAC_authenticate
 * puts in front. libeac leaves the padding to its caller, and there are two parts to pad: the
 * header (none in a response) fills a block of its own, the data objects follow; where there are
 * none, nothing follows, not even padding. */
static BUF_MEM *checksum_input(const EAC_CTX *channel, const uint8_t *header, struct slice objects)
{
    BUF_MEM *padded_header = NULL, *padded_objects = NULL, *result = NULL;
    uint8_t all[16 + MAX_DATA + 16];
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

bool transmit(const struct card *card, const char *step, const struct command *command,
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

bool expect(const char *step, const struct response *response, unsigned status)
{
    return response->status == status
        || failed(step, "status word %04X instead of %04X", response->status, status);
}

bool transmit_in_parts(const struct card *card, const char *step, const struct command *command)
{
    struct command part = *command;
    size_t sent = 0;
    do {
        struct response response;
        size_t left = command->length - sent;
        bool last = left <= MAX_PROTECTED_DATA;
        part.cla = last ? command->cla : command->cla | 0x10;
        part.data = command->data + sent;
        part.length = last ? left : MAX_PROTECTED_DATA;
        if (!transmit(card, step, &part, &response) || !expect(step, &response, SW_OK))
            return false;
        sent += part.length;
    } while (sent < command->length);
    return true;
}

bool general_authenticate(const struct card *card, const char *step, bool last, uint8_t our_tag,
                          const BUF_MEM *ours, struct response *response, struct slice *dynamic)
{
    uint8_t object[MAX_DATA], data[MAX_DATA];
    size_t object_length = 0, length = 0;
    if ((ours != NULL && !put(object, &object_length, our_tag, -1, ours->data, ours->length))
        || !put(data, &length, 0x7C, -1, object, object_length))
        return failed(step, "the command cannot be encoded");
    const struct command command = {
        .cla = last ? 0x00 : 0x10,
        .ins = 0x86,
        .data = data,
        .length = length,
        .expected = 256,
    };
    if (!transmit(card, step, &command, response) || !expect(step, response, SW_OK))
        return false;
    struct slice rest = {response->data, response->length};
    return (take(&rest, 0x7C, dynamic) && rest.length == 0)
        || failed(step, "the card's answer is not one 7C");
}

/* ---- files ----------------------------------------------------------------------------------- */

bool read_file(const struct card *card, const char *step, uint8_t sfi, uint8_t tag,
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

bool write_file(const char *step, const char *path, struct slice contents)
{
    if (path == NULL)
        return true;
    FILE *out = fopen(path, "wb");
    bool written = out != NULL && fwrite(contents.bytes, contents.length, 1, out) == 1;
    /* What was buffered may fail to be written as late as here. */
    if (out != NULL && fclose(out) != 0)
        written = false;
    return written || failed(step, "%s cannot be written", path);
}
