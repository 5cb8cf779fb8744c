// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * printf, one conversion at a time: read it (flags, width, precision, length), turn its argument
 * into text, and put the text out with the requested padding.
 */
#include "lib/format.h"
#include "lib/math64.h"
#include "lib/string.h"

#define NUMBER_DIGITS 20 /* 2^64 in decimal */
#define WIDTH_MAX 4096   /* of widths and precisions: bounds the output of one conversion */

enum argument_length { LENGTH_CHAR, LENGTH_SHORT, LENGTH_INT, LENGTH_LONG, LENGTH_LONG_LONG };

/* The destination, and the arguments that are left. */
struct output {
	format_sink *sink;
	void *context;
	va_list arguments;
};

struct conversion {
	bool left, zero, alternate;
	int width;
	int precision; /* -1: not given */
	enum argument_length length;
};

/* A number before padding: sign or 0x, then zeros, then digits. */
struct number {
	const char *prefix;
	char digits[NUMBER_DIGITS];
	int length;
};

static void put(struct output *out, const char *text, int length)
{
	while (length-- > 0)
		out->sink(*text++, out->context);
}

static void pad(struct output *out, char c, int count)
{
	while (count-- > 0)
		out->sink(c, out->context);
}

static const char *parse_flags(const char *text, struct conversion *how)
{
	for (;; text++) {
		if (*text == '-')
			how->left = true;
		else if (*text == '0')
			how->zero = true;
		else if (*text == '#')
			how->alternate = true;
		else
			return text;
	}
}

static const char *parse_number(const char *text, struct output *out, int *number)
{
	int value = 0;

	if (*text == '*') {
		*number = va_arg(out->arguments, int);
		return text + 1;
	}
	for (; *text >= '0' && *text <= '9'; text++) {
		if (value < WIDTH_MAX)
			value = value * 10 + (*text - '0');
	}
	*number = value;
	return text;
}

/* C99 7.19.6.1: a negative width means left-justified, a negative precision none at all. */
static const char *parse_sizes(const char *text, struct output *out, struct conversion *how)
{
	text = parse_number(text, out, &how->width);
	if (how->width < 0) {
		how->left = true;
		how->width = how->width < -WIDTH_MAX ? WIDTH_MAX : -how->width;
	}
	if (how->width > WIDTH_MAX)
		how->width = WIDTH_MAX;
	if (*text == '.')
		text = parse_number(text + 1, out, &how->precision);
	if (how->precision > WIDTH_MAX)
		how->precision = WIDTH_MAX;
	return text;
}

static const char *parse_length(const char *text, struct conversion *how)
{
	if (*text == 'z') { /* size_t is as wide as long */
		how->length = LENGTH_LONG;
		return text + 1;
	}
	for (; *text == 'h' && how->length > LENGTH_CHAR && how->length <= LENGTH_INT; text++)
		how->length--;
	for (; *text == 'l' && how->length >= LENGTH_INT && how->length < LENGTH_LONG_LONG; text++)
		how->length++;
	return text;
}

static u64 unsigned_argument(struct output *out, enum argument_length length)
{
	switch (length) {
	case LENGTH_CHAR:
		return (u8)va_arg(out->arguments, unsigned int);
	case LENGTH_SHORT:
		return (u16)va_arg(out->arguments, unsigned int);
	case LENGTH_LONG:
		return va_arg(out->arguments, unsigned long);
	case LENGTH_LONG_LONG:
		return va_arg(out->arguments, unsigned long long);
	default:
		return va_arg(out->arguments, unsigned int);
	}
}

/* Sign-extends what unsigned_argument read. */
static int64_t signed_argument(struct output *out, enum argument_length length)
{
	u64 value = unsigned_argument(out, length);

	switch (length) {
	case LENGTH_CHAR:
		return (int8_t)value;
	case LENGTH_SHORT:
		return (int16_t)value;
	case LENGTH_LONG:
		return (long)value;
	case LENGTH_LONG_LONG:
		return (int64_t)value;
	default:
		return (int)value;
	}
}

static void make_digits(struct number *number, u64 value, u32 base, bool capitals)
{
	const char *digits = capitals ? "0123456789ABCDEF" : "0123456789abcdef";
	u32 digit;
	int at = NUMBER_DIGITS;

	for (; value; number->digits[--at] = digits[digit])
		value = divide(value, base, &digit);
	number->length = NUMBER_DIGITS - at;
	memmove(number->digits, number->digits + at, number->length);
}

/* A precision is the minimum number of digits, 1 if not given; it turns zero padding off. */
static void put_number(struct output *out, const struct conversion *how,
		       const struct number *number)
{
	int prefix = strlen(number->prefix), least = how->precision, zeros, spaces;

	if (least < 0)
		least = how->zero && !how->left ? how->width - prefix : 1;
	if (least < 1 && how->precision < 0)
		least = 1;
	zeros = least > number->length ? least - number->length : 0;
	spaces = how->width - prefix - zeros - number->length;
	if (!how->left)
		pad(out, ' ', spaces);
	put(out, number->prefix, prefix);
	pad(out, '0', zeros);
	put(out, number->digits, number->length);
	if (how->left)
		pad(out, ' ', spaces);
}

static void put_signed(struct output *out, const struct conversion *how)
{
	int64_t value = signed_argument(out, how->length);
	struct number number = {.prefix = value < 0 ? "-" : ""};

	make_digits(&number, value < 0 ? -(u64)value : (u64)value, 10, false);
	put_number(out, how, &number);
}

static void put_unsigned(struct output *out, const struct conversion *how, char letter)
{
	u64 value = unsigned_argument(out, how->length);
	struct number number = {.prefix = ""};

	if (letter != 'u' && how->alternate && value)
		number.prefix = letter == 'X' ? "0X" : "0x";
	make_digits(&number, value, letter == 'u' ? 10 : 16, letter == 'X');
	put_number(out, how, &number);
}

/* All digits of an address, so that columns of addresses line up. */
static void put_pointer(struct output *out, const struct conversion *how)
{
	struct conversion fixed = {.left = how->left, .width = how->width};
	struct number number = {.prefix = "0x"};

	fixed.precision = 2 * sizeof(void *);
	make_digits(&number, (uintptr_t)va_arg(out->arguments, void *), 16, false);
	put_number(out, &fixed, &number);
}

static void put_text(struct output *out, const struct conversion *how, const char *text, int length)
{
	if (!how->left)
		pad(out, ' ', how->width - length);
	put(out, text, length);
	if (how->left)
		pad(out, ' ', how->width - length);
}

static void put_string(struct output *out, const struct conversion *how)
{
	const char *text = va_arg(out->arguments, const char *);

	if (!text)
		text = "(null)";
	put_text(out, how, text, how->precision < 0 ? strlen(text) : strnlen(text, how->precision));
}

/* Prints the argument as `letter` asks; false if there is no such conversion. */
static bool put_conversion(struct output *out, const struct conversion *how, char letter)
{
	char c;

	switch (letter) {
	case 'd':
	case 'i':
		put_signed(out, how);
		return true;
	case 'u':
	case 'x':
	case 'X':
		put_unsigned(out, how, letter);
		return true;
	case 'p':
		put_pointer(out, how);
		return true;
	case 's':
		put_string(out, how);
		return true;
	case 'c':
		c = (char)va_arg(out->arguments, int);
		put_text(out, how, &c, 1);
		return true;
	case '%':
		put(out, "%", 1);
		return true;
	default:
		return false;
	}
}

void format(format_sink *sink, void *context, const char *text, va_list arguments)
{
	struct output out = {.sink = sink, .context = context};
	const char *percent;

	va_copy(out.arguments, arguments);
	while (*text) {
		struct conversion how = {.precision = -1, .length = LENGTH_INT};

		percent = text;
		if (*text++ != '%') {
			put(&out, percent, 1);
			continue;
		}
		text = parse_flags(text, &how);
		text = parse_sizes(text, &out, &how);
		text = parse_length(text, &how);
		if (*text && put_conversion(&out, &how, *text))
			text++;
		else
			put(&out, percent, text - percent);
	}
	va_end(out.arguments);
}

struct buffer {
	char *to;
	size_t size, length;
};

static void put_in_buffer(char c, void *context)
{
	struct buffer *buffer = context;

	if (buffer->length < buffer->size) /* the last place is for the NUL */
		buffer->to[buffer->length] = c;
	buffer->length++;
}

int vsnprintf(char *to, size_t size, const char *text, va_list arguments)
{
	struct buffer buffer = {.to = to, .size = size};

	format(put_in_buffer, &buffer, text, arguments);
	if (size)
		to[buffer.length < size ? buffer.length : size - 1] = '\0';
	return buffer.length;
}

int snprintf(char *to, size_t size, const char *text, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, text);
	length = vsnprintf(to, size, text, arguments);
	va_end(arguments);
	return length;
}
