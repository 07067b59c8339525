#include "engine/config/notify_check.h"

#include "engine/base/quote.h"
#include "engine/base/text.h"
#include "engine/config/endpoint.h"
#include "engine/config/notify_rows.h"
#include "engine/config/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* "autoscaler.yaml:3:5: notify.url: " and the sentence. */
static int note(struct config_builder *builder, const struct notify_entry *entry,
                enum notify_row id, struct error *err)
{
    char storage[ERROR_MSG_SIZE];
    struct text text;
    if (err->code == -ENOMEM)
        return -ENOMEM;
    text_init(&text, storage, sizeof storage);
    quote_add_path(&text, builder->config->config_file);
    text_addf(&text, ":%zu:%zu: notify.%s", entry->line, entry->column, notify_row(id)->key);
    error_prefix(err, "%s", storage);
    err->code = ERR_CONFIG;
    return config_builder_note(builder, err);
}

static void prefix_path(const char *path, struct error *err)
{
    char storage[QUOTE_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    quote_add_path(&text, path);
    error_prefix(err, "%s", storage);
}

/* With the URL of a chat, everyone can write there. */
static int check_url(const char *url, struct error *err)
{
    struct endpoint endpoint;
    int failed = endpoint_examine(url, &endpoint, err);
    if (failed)
        return failed;
    if (!endpoint.is_https && !endpoint.is_loopback)
        return error_set(err, ERR_CONFIG, "notices are sent over https or to this machine only");
    return 0;
}

int notify_check_urls(struct config_builder *builder, struct error *err)
{
    const struct notify_list *list = &builder->config->notify;
    for (size_t i = 0; i < list->count; i++) {
        const struct notify_entry *entry = &list->entries[i];
        if (entry->url && check_url(entry->url, err) && note(builder, entry, NOTIFY_ROW_URL, err))
            return -ENOMEM;
    }
    return 0;
}

static int read_url(struct notify_entry *entry, struct warnings *warnings, struct error *err)
{
    struct file_stamp stamp;
    char *url = NULL;
    int failed = secret_read(entry->url_file, &url, &stamp, err);
    if (failed == ERR_BAD_VALUE)
        error_set(err, ERR_BAD_VALUE, "expected a URL and nothing else in the file");
    failed = failed ? failed : endpoint_check_webhook(url, err);
    failed = failed ? failed : check_url(url, err);
    if (failed) {
        secret_free(url);
        if (failed != -ENOMEM)
            prefix_path(entry->url_file, err);
        return failed;
    }
    entry->url = url;
    const char *doubt = file_trust_directory_doubt(entry->url_file);
    struct error sentence;
    if (doubt) {
        error_set(&sentence, ERR_CONFIG, "%s", doubt);
        prefix_path(entry->url_file, &sentence);
        warnings_add(warnings, "%s", sentence.msg);
    }
    return 0;
}

/* Of a pipe, the TLS library would wait for a writer with each connection. */
static int check_authorities(const char *path, struct error *err)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    int failed = fd < 0 || fstat(fd, &st) < 0
                     ? error_set(err, ERR_CONFIG, "cannot read it: %s", strerror(errno))
                 : !S_ISREG(st.st_mode) ? error_set(err, ERR_CONFIG, "not a regular file")
                                        : 0;
    if (fd >= 0)
        close(fd);
    if (failed)
        prefix_path(path, err);
    return failed;
}

int notify_check_files(struct config_builder *builder, struct error *err)
{
    struct config *config = builder->config;
    for (size_t i = 0; i < config->notify.count; i++) {
        struct notify_entry *entry = &config->notify.entries[i];
        if (entry->url_file && read_url(entry, &config->warnings, err) &&
            note(builder, entry, NOTIFY_ROW_URL_FILE, err))
            return -ENOMEM;
        if (entry->ca_file && check_authorities(entry->ca_file, err) &&
            note(builder, entry, NOTIFY_ROW_CA_FILE, err))
            return -ENOMEM;
        if (entry->url)
            secret_keep_from_core_dumps();
    }
    return 0;
}
