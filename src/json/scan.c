/*-------------------------------------------------------------------------
 *
 * scan.c
 *		The words of a JSON text, checked before json-c sees them.  Pure.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>

#include "json/scan.h"
#include "mb/pg_wchar.h"

/* The text being scanned; next is where an error is when one is returned. */
typedef struct Scanner
{
	const char *next;
	const char *end;
	bool		wide;			/* the last number was an integer beyond 64 bits */
} Scanner;

static const char *scan_string(Scanner *scanner);
static const char *scan_escape(Scanner *scanner, bool *is_nul);
static bool scan_hex4(Scanner *scanner, unsigned int *result);
static const char *scan_number(Scanner *scanner);
static size_t scan_digits(Scanner *scanner);
static bool integer_fits(const char *digits, const char *end, bool negative);
static const char *scan_literal(Scanner *scanner);

static inline bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

const char *
json_scan(const char *bytes, size_t len, size_t *offset, size_t *nwide)
{
	Scanner		scanner = {bytes, bytes + len, false};
	const char *wrong = NULL;
	bool		after_comma = false;

	*nwide = 0;
	if (len > INT_MAX)
	{
		*offset = INT_MAX;
		return "too long";
	}
	*offset = pg_encoding_verifymbstr(PG_UTF8, bytes, (int) len);

	/* That stops at a NUL as well, which is valid UTF-8 but not JSON. */
	if (*offset < len)
		return bytes[*offset] == '\0' ? "unexpected character" : "invalid UTF-8";

	while (wrong == NULL && scanner.next < scanner.end)
	{
		char		c = *scanner.next;

		if (is_space(c))
		{
			scanner.next++;
			continue;
		}
		switch (c)
		{
			case '}':
			case ']':
				if (after_comma)
					wrong = "unexpected character";
				else
					scanner.next++;
				break;
			case '{':
			case '[':
			case ':':
			case ',':
				scanner.next++;
				break;
			case '"':
				wrong = scan_string(&scanner);
				break;
			case 't':
			case 'f':
			case 'n':
				wrong = scan_literal(&scanner);
				break;
			default:
				if (c == '-' || is_digit(c))
				{
					wrong = scan_number(&scanner);
					*nwide += (wrong == NULL && scanner.wide);
				}
				else
					wrong = "unexpected character";
		}
		after_comma = (c == ',');
	}

	*offset = scanner.next - bytes;
	return wrong;
}

size_t
json_widen(const char *bytes, size_t len, char *widened)
{
	Scanner		scanner = {bytes, bytes + len, false};
	char	   *out = widened;

	while (scanner.next < scanner.end)
	{
		const char *start = scanner.next;
		bool		number = false;

		if (*start == '"')
			(void) scan_string(&scanner);
		else if (*start == '-' || is_digit(*start))
		{
			(void) scan_number(&scanner);
			number = true;
		}
		else
			scanner.next++;
		memcpy(out, start, scanner.next - start);
		out += scanner.next - start;
		if (number && scanner.wide)
		{
			memcpy(out, JSON_WIDE_SUFFIX, strlen(JSON_WIDE_SUFFIX));
			out += strlen(JSON_WIDE_SUFFIX);
		}
	}
	return out - widened;
}

static const char *
scan_string(Scanner *scanner)
{
	const char *start = scanner->next++;
	bool		has_nul = false;
	const char *after;

	for (;;)
	{
		const char *wrong;

		if (scanner->next == scanner->end)
			return "unfinished string";
		if (*scanner->next == '"')
			break;
		if ((unsigned char) *scanner->next < 0x20)
			return "control character in a string";
		if (*scanner->next != '\\')
			scanner->next++;
		else if ((wrong = scan_escape(scanner, &has_nul)) != NULL)
			return wrong;
	}
	scanner->next++;

	/* A string followed by a colon is a name, and json-c's are C strings. */
	for (after = scanner->next; after < scanner->end && is_space(*after);)
		after++;
	if (has_nul && after < scanner->end && *after == ':')
	{
		scanner->next = start;
		return "\\u0000 in a member's name";
	}
	return NULL;
}

/* Sets *is_nul if this is \u0000, and leaves it alone if not. */
static const char *
scan_escape(Scanner *scanner, bool *is_nul)
{
	const char *start = scanner->next++;
	unsigned int unit;
	unsigned int second;

	if (scanner->next == scanner->end)
		return "unfinished string";

	if (*scanner->next != 'u')
	{
		if (*scanner->next == '\0' || strchr("\"\\/bfnrt", *scanner->next) == NULL)
			return "invalid escape";
		scanner->next++;
		return NULL;
	}

	scanner->next++;
	if (!scan_hex4(scanner, &unit))
		return "invalid escape";
	if (unit == 0)
		*is_nul = true;

	/* Characters beyond U+FFFF come as two escapes, high half first. */
	if (unit >= 0xD800 && unit <= 0xDBFF)
	{
		if (scanner->end - scanner->next >= 2 &&
			scanner->next[0] == '\\' && scanner->next[1] == 'u')
		{
			scanner->next += 2;
			if (!scan_hex4(scanner, &second))
				return "invalid escape";
			if (second >= 0xDC00 && second <= 0xDFFF)
				return NULL;
		}
		scanner->next = start;
		return "half a surrogate pair";
	}
	if (unit >= 0xDC00 && unit <= 0xDFFF)
	{
		scanner->next = start;
		return "half a surrogate pair";
	}
	return NULL;
}

static bool
scan_hex4(Scanner *scanner, unsigned int *result)
{
	*result = 0;
	for (int i = 0; i < 4; i++, scanner->next++)
	{
		char		c;
		unsigned int digit;

		if (scanner->next == scanner->end)
			return false;
		c = *scanner->next;
		if (is_digit(c))
			digit = c - '0';
		else if (c >= 'a' && c <= 'f')
			digit = c - 'a' + 10;
		else if (c >= 'A' && c <= 'F')
			digit = c - 'A' + 10;
		else
			return false;
		*result = *result * 16 + digit;
	}
	return true;
}

/* RFC 8259, section 6; sets wide if it is an integer that 64 bits can't hold. */
static const char *
scan_number(Scanner *scanner)
{
	const char *start = scanner->next;
	const char *digits;
	const char *digits_end;
	bool		integer = true;

	if (*scanner->next == '-')
		scanner->next++;
	digits = scanner->next;
	scan_digits(scanner);
	digits_end = scanner->next;
	if (digits == digits_end || (*digits == '0' && digits_end - digits > 1))
		return "invalid number";

	if (scanner->next < scanner->end && *scanner->next == '.')
	{
		integer = false;
		scanner->next++;
		if (scan_digits(scanner) == 0)
			return "invalid number";
	}
	if (scanner->next < scanner->end && (*scanner->next == 'e' || *scanner->next == 'E'))
	{
		integer = false;
		scanner->next++;
		if (scanner->next < scanner->end && (*scanner->next == '+' || *scanner->next == '-'))
			scanner->next++;
		if (scan_digits(scanner) == 0)
			return "invalid number";
	}

	scanner->wide = integer && !integer_fits(digits, digits_end, *start == '-');
	return NULL;
}

/* Skips decimal digits and returns how many there were. */
static size_t
scan_digits(Scanner *scanner)
{
	const char *start = scanner->next;

	while (scanner->next < scanner->end && is_digit(*scanner->next))
		scanner->next++;
	return scanner->next - start;
}

/* Whether the digits fit json-c's integers: int64, or uint64 if positive. */
static bool
integer_fits(const char *digits, const char *end, bool negative)
{
	uint64		limit = negative ? (uint64) PG_INT64_MAX + 1 : PG_UINT64_MAX;
	uint64		value = 0;

	for (; digits < end; digits++)
	{
		uint64		digit = *digits - '0';

		if (value > (limit - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	return true;
}

static const char *
scan_literal(Scanner *scanner)
{
	static const char *const literals[] = {"true", "false", "null"};

	for (size_t i = 0; i < lengthof(literals); i++)
	{
		size_t		len = strlen(literals[i]);

		if ((size_t) (scanner->end - scanner->next) >= len &&
			memcmp(scanner->next, literals[i], len) == 0)
		{
			scanner->next += len;
			return NULL;
		}
	}
	return "unexpected character";
}
