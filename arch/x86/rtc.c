/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Motorola MC146818A: time and date, read when no update is in progress. */
#include "arch/x86/rtc.h"

#include "arch/x86/io.h"

#define RTC_INDEX 0x70
#define RTC_DATA 0x71
#define RTC_SECONDS 0x00
#define RTC_MINUTES 0x02
#define RTC_HOURS 0x04
#define RTC_DAY 0x07
#define RTC_MONTH 0x08
#define RTC_YEAR 0x09
#define RTC_STATUS_A 0x0A
#define RTC_STATUS_B 0x0B
#define A_UPDATE_IN_PROGRESS 0x80
#define B_BINARY 0x04
#define B_24_HOURS 0x02
#define HOURS_PM 0x80
#define RTC_CENTURY_START 2000u /* the clock has two digits of the year */
#define READ_PATIENCE 100000u

#define NOT_THERE 0xFF /* of an empty port; bits of each status register are always 0 */

struct rtc_time {
	u8 second, minute, hour, day, month, year;
};

static u8 rtc_register(u8 index)
{
	outb(RTC_INDEX, index);
	return inb(RTC_DATA);
}

bool rtc_is_present(void)
{
	return rtc_register(RTC_STATUS_A) != NOT_THERE || rtc_register(RTC_STATUS_B) != NOT_THERE;
}

/* The next update begins 244 microseconds later or more (datasheet, "Update cycle"). */
static void wait_for_update(void)
{
	for (u32 i = 0; i < READ_PATIENCE; i++)
		if (!(rtc_register(RTC_STATUS_A) & A_UPDATE_IN_PROGRESS))
			break;
}

u8 rtc_second(void)
{
	wait_for_update();
	return rtc_register(RTC_SECONDS);
}

static struct rtc_time read_once(void)
{
	wait_for_update();
	return (struct rtc_time){
	    .second = rtc_register(RTC_SECONDS),
	    .minute = rtc_register(RTC_MINUTES),
	    .hour = rtc_register(RTC_HOURS),
	    .day = rtc_register(RTC_DAY),
	    .month = rtc_register(RTC_MONTH),
	    .year = rtc_register(RTC_YEAR),
	};
}

static u8 from_bcd(u8 value)
{
	return (value >> 4) * 10 + (value & 0xF);
}

static void to_binary_24_hours(struct rtc_time *t)
{
	u8 format = rtc_register(RTC_STATUS_B);
	bool afternoon = t->hour & HOURS_PM;

	t->hour &= ~HOURS_PM;
	if (!(format & B_BINARY)) {
		t->second = from_bcd(t->second);
		t->minute = from_bcd(t->minute);
		t->hour = from_bcd(t->hour);
		t->day = from_bcd(t->day);
		t->month = from_bcd(t->month);
		t->year = from_bcd(t->year);
	}
	if (!(format & B_24_HOURS))
		t->hour = t->hour % 12 + (afternoon ? 12 : 0);
}

/* Days from 1970-01-01. Years are counted from March on, so that the leap day is their last day.
 * Right until 2099. */
static u32 days_since_1970(u32 year, u32 month, u32 day)
{
	u32 from_march = month > 2 ? month - 3 : month + 9;
	u32 y = year - (month <= 2);

	return y * 365 + y / 4 - y / 100 + y / 400 + (153 * from_march + 2) / 5 + day - 1 - 719468;
}

u32 rtc_read(void)
{
	struct rtc_time t, again;

	if (!rtc_is_present())
		return 0;
	t = read_once();
	for (u32 i = 0; i < 3; i++) { /* an update between two registers shows as a difference */
		again = read_once();
		if (again.second == t.second && again.minute == t.minute && again.hour == t.hour)
			break;
		t = again;
	}
	to_binary_24_hours(&t);
	if (t.month < 1 || t.month > 12 || t.day < 1 || t.day > 31 || t.hour > 23)
		return 0;
	return days_since_1970(RTC_CENTURY_START + t.year, t.month, t.day) * 86400u +
	       t.hour * 3600u + t.minute * 60u + t.second;
}
