// What nearly every test of the window includes anyway, compiled once.
#pragma once
#include "../ui/pch.h"

#include <QtTest/QtTest>
