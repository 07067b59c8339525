/*
 * notify_check - checks of the list `notify` behind its reading: where URLs lead, and the files that it names.
 *
 * Notes each mistake in the builder. One thread at a time. -ENOMEM, else 0. No error repeats a URL.
 */
#ifndef ENGINE_CONFIG_NOTIFY_CHECK_H
#define ENGINE_CONFIG_NOTIFY_CHECK_H

#include "engine/config/config_builder.h"

/* URLs that are in the configuration: https, or this machine. */
int notify_check_urls(struct config_builder *builder, struct error *err);

/* Reads each url_file into `url`, and checks it, too. Are certificate authorities readable? */
int notify_check_files(struct config_builder *builder, struct error *err);

#endif
