// What nearly every file of ui includes anyway, compiled once.
#pragma once
#include "../src/pch.h"

#include <QtWidgets/QtWidgets>
