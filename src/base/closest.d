src/base/closest.o: src/base/closest.c src/base/closest.h
src/base/closest.h:
