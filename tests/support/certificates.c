#include "tests/support/certificates.h"

#include "engine/base/panic.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>

static const char script[] =
    "exec >openssl.log 2>&1\n"
    "key='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'\n"
    "for ca in ca other; do\n"
    "  openssl req -x509 $key -keyout $ca.key -out $ca.pem -subj /CN=$ca -days 2 \\\n"
    "    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign\n"
    "done\n"
    "past='-days -1'\n" /* newer versions refuse negative days, and take dates instead */
    "if openssl x509 -help 2>&1 | grep -q not_after; then\n"
    "  past='-not_before 20200101000000Z -not_after 20200102000000Z'\n"
    "fi\n"
    "leaf() {\n"
    "  openssl req $key -keyout $1.key -out $1.csr -subj /CN=$1\n"
    "  echo subjectAltName=IP:$2 >$1.ext\n"
    "  openssl x509 -req -in $1.csr -CA $3.pem -CAkey $3.key -CAcreateserial -extfile $1.ext "
    "-out $1.pem ${4:--days 2}\n"
    "}\n"
    "leaf good 127.0.0.1 ca\n"
    "leaf fresh 127.0.0.1 ca\n"
    "leaf client 127.0.0.1 ca\n"
    "leaf stranger 127.0.0.2 ca\n"
    "leaf expired 127.0.0.1 ca \"$past\"\n"
    "leaf forged 127.0.0.1 other\n"
    "openssl req -x509 $key -keyout self.key -out self.pem -subj /CN=self -days 2 -addext "
    "subjectAltName=IP:127.0.0.1\n";

/* Runs shell commands in the directory. */
static bool run_in(const char *directory, const char *commands)
{
    char line[sizeof script + 256];
    snprintf(line, sizeof line, "set -e\ncd %s\n%s", directory, commands);
    return system(line) == 0;
}

bool certificates_make(const char *directory)
{
    if (!run_in(directory, "command -v openssl >/dev/null"))
        return false;
    bool is_made = run_in(directory, script);
    if (!is_made)
        run_in(directory, "cat openssl.log");
    must(is_made);
    return true;
}

void certificates_read(const char *directory, const char *name, const char *suffix,
                       char ret_pem[PEM_SIZE_MAX])
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s.%s", directory, name, suffix);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t size = fread(ret_pem, 1, PEM_SIZE_MAX - 1, file);
    ret_pem[size] = '\0';
    fclose(file);
}

void certificates_copy(const char *directory, const char *from, const char *to)
{
    char command[512];
    snprintf(command, sizeof command, "cd %s && cp %s.key %s.key && cp %s.pem %s.pem", directory,
             from, to, from, to);
    assert_int_equal(system(command), 0);
}
