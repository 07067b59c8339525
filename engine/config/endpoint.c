#include "engine/config/endpoint.h"

#include "engine/base/quote.h"
#include "engine/base/text.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#define LABEL_SIZE_MAX 63
#define NAME_SIZE_MAX 253

/* `found` NULL: the text may hold a secret and is not repeated. */
static int refuse(struct error *err, const char *expected, const char *found)
{
    if (!found)
        return error_set(err, ERR_BAD_VALUE, "expected %s", expected);
    char storage[QUOTE_SIZE];
    struct text quoted;
    text_init(&quoted, storage, sizeof storage);
    quote_add(&quoted, found, strlen(found));
    return error_set(err, ERR_BAD_VALUE, "expected %s, found %s", expected, storage);
}

static bool is_visible_ascii(const char *text)
{
    for (; *text; text++)
        if (*text <= ' ' || *text > '~')
            return false;
    return true;
}

static bool has_scheme(const char *url, const char *scheme)
{
    size_t length = strlen(scheme);
    return strncasecmp(url, scheme, length) == 0 && strncmp(url + length, "://", 3) == 0;
}

static bool is_label_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

/* Resolvers cut or change longer names; one dot may end the name. */
static bool is_host_name(const char *host)
{
    size_t length = strlen(host);
    if (length > 0 && host[length - 1] == '.')
        length--;
    if (length == 0 || length > NAME_SIZE_MAX)
        return false;
    size_t label = 0;
    for (size_t i = 0; i < length; i++) {
        if (host[i] == '.' && label == 0)
            return false;
        label = host[i] == '.' ? 0 : label + 1;
        if (label > LABEL_SIZE_MAX || (label > 0 && !is_label_character(host[i])))
            return false;
    }
    return label > 0;
}

/* curl accepts port 0 and then cannot connect. */
static bool is_port_zero(CURLU *parts)
{
    char *port = NULL;
    if (curl_url_get(parts, CURLUPART_PORT, &port, 0) != CURLUE_OK)
        return false;
    bool is_zero = strspn(port, "0") == strlen(port);
    curl_free(port);
    return is_zero;
}

static int check_parts(CURLU *parts, const char *url, struct error *err)
{
    char *host = NULL;
    CURLUcode code = curl_url_get(parts, CURLUPART_HOST, &host, 0);
    if (code == CURLUE_OUT_OF_MEMORY)
        return error_no_memory(err);
    bool is_good = code == CURLUE_OK && (host[0] == '[' || is_host_name(host));
    curl_free(host);
    if (!is_good)
        return refuse(err, "a host name with labels of 1 to 63 letters, digits and '-'", url);
    if (is_port_zero(parts))
        return refuse(err, "a port from 1 to 65535", url);
    return 0;
}

/* `shown` is what an error repeats: the URL, or NULL. */
static int parse(const char *url, const char *shown, CURLU **ret_parts, struct error *err)
{
    CURLU *parts = curl_url();
    if (!parts)
        return error_no_memory(err);
    CURLUcode code = curl_url_set(parts, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME);
    if (code == CURLUE_OK) {
        *ret_parts = parts;
        return 0;
    }
    curl_url_cleanup(parts);
    if (code == CURLUE_OUT_OF_MEMORY)
        return error_no_memory(err);
    if (code == CURLUE_BAD_PORT_NUMBER)
        return refuse(err, "a port from 1 to 65535", shown);
    return refuse(err, "a URL with a host", shown);
}

/*
 * Checks common to both kinds of URL. '@' is checked first: a text with '@' may hold a password and is not repeated.
 */
static int check(const char *url, struct error *err)
{
    if (strchr(url, '@'))
        return refuse(err, "a URL without user name, password or '@'", NULL);
    if (strpbrk(url, "?#"))
        return refuse(err, "a URL without query ('?') and fragment ('#')", NULL);
    if (!is_visible_ascii(url))
        return refuse(err, "a URL without spaces, control and non-ASCII characters", url);
    CURLU *parts = NULL;
    int failed = parse(url, url, &parts, err);
    if (failed)
        return failed;
    failed = check_parts(parts, url, err);
    curl_url_cleanup(parts);
    return failed;
}

int endpoint_check_url(const char *url, struct error *err)
{
    if (!has_scheme(url, "http") && !has_scheme(url, "https"))
        return refuse(err, "a URL that begins with http:// or https://",
                      strpbrk(url, "@?") ? NULL : url);
    return check(url, err);
}

int endpoint_check_proxy(const char *url, struct error *err)
{
    if (!has_scheme(url, "http") && !has_scheme(url, "https") && !has_scheme(url, "socks5") &&
        !has_scheme(url, "socks5h"))
        return refuse(err, "a URL that begins with http://, https://, socks5:// or socks5h://",
                      strpbrk(url, "@?") ? NULL : url);
    const char *path = strchr(strstr(url, "://") + 3, '/');
    if (path && path[strspn(path, "/")] != '\0')
        return refuse(err, "a URL without path", strpbrk(url, "@?") ? NULL : url);
    return check(url, err);
}

static bool has_part(CURLU *parts, CURLUPart part)
{
    char *value = NULL;
    bool has = curl_url_get(parts, part, &value, 0) == CURLUE_OK;
    curl_free(value);
    return has;
}

int endpoint_check_webhook(const char *url, struct error *err)
{
    if (!has_scheme(url, "http") && !has_scheme(url, "https"))
        return refuse(err, "a URL that begins with https:// or http://", NULL);
    if (!is_visible_ascii(url) || strchr(url, '#'))
        return refuse(err, "a URL without spaces, control and non-ASCII characters and '#'", NULL);
    CURLU *parts = NULL;
    int failed = parse(url, NULL, &parts, err);
    if (failed)
        return failed;
    bool has_user = has_part(parts, CURLUPART_USER) || has_part(parts, CURLUPART_PASSWORD);
    failed = has_user ? refuse(err, "a URL without user name and password", NULL)
                      : check_parts(parts, NULL, err);
    curl_url_cleanup(parts);
    return failed;
}

size_t endpoint_origin_size(const char *url)
{
    size_t scheme = strcspn(url, ":");
    size_t start = scheme + strspn(url + scheme, ":/");
    return start + strcspn(url + start, "/?#");
}

bool endpoint_is_listen(const char *listen)
{
    const char *colon = strrchr(listen, ':');
    if (!colon || colon[1] == '\0' || strspn(colon + 1, "0123456789") != strlen(colon + 1))
        return false;
    int64_t port;
    if (!integer_parse(colon + 1, strlen(colon + 1), &port) || port > UINT16_MAX)
        return false;
    char host[INET6_ADDRSTRLEN + 2];
    size_t length = (size_t)(colon - listen);
    if (length >= sizeof host)
        return false;
    memcpy(host, listen, length);
    host[length] = '\0';
    unsigned char address[sizeof(struct in6_addr)];
    if (host[0] != '[')
        return inet_pton(AF_INET, host, address) == 1;
    if (host[length - 1] != ']')
        return false;
    host[length - 1] = '\0';
    return inet_pton(AF_INET6, host + 1, address) == 1;
}

/* curl has already converted every spelling of an IPv4 address to four decimal numbers. */
static bool is_loopback(const char *host)
{
    struct in_addr v4;
    struct in6_addr v6;
    size_t length = strlen(host);
    if (strcasecmp(host, "localhost") == 0)
        return true;
    if (inet_pton(AF_INET, host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET;
    char bare[INET6_ADDRSTRLEN];
    if (host[0] != '[' || length < 2 || length - 2 >= sizeof bare)
        return false;
    memcpy(bare, host + 1, length - 2);
    bare[length - 2] = '\0';
    return inet_pton(AF_INET6, bare, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

int endpoint_examine(const char *url, struct endpoint *ret_endpoint, struct error *err)
{
    CURLU *parts = NULL;
    int failed = parse(url, url, &parts, err);
    if (failed)
        return failed;
    char *host = NULL;
    if (curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK) {
        ret_endpoint->is_https = has_scheme(url, "https");
        ret_endpoint->is_loopback = is_loopback(host);
        curl_free(host);
    } else {
        failed = error_no_memory(err);
    }
    curl_url_cleanup(parts);
    return failed;
}
