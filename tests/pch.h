// What nearly every test includes anyway, compiled once.
#pragma once
#include "../src/pch.h"

#include <QtTest/QtTest>
