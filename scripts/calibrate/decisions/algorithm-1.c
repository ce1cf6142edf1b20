// Algorithm 1 as a command processor would run it: 5 x 5 dies, contiguous placement. Prints experts, blocks and ns a decision.
//   cc -O2 -o /tmp/algorithm-1 scripts/calibrate/decisions/algorithm-1.c && /tmp/algorithm-1
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#define U 25
static double load_[U], fetch_[512][U]; static uint32_t alloc_[512*U];
static uint64_t key[512];
static int nb[U][4], nnb[U];
static int cmp(uint64_t*a,int n){ // shell sort, in place
  static const int gaps[]={301,132,57,23,10,4,1};
  for(int g=0;g<7;g++){int h=gaps[g];for(int i=h;i<n;i++){uint64_t t=a[i];int j=i;for(;j>=h&&a[j-h]>t;j-=h)a[j]=a[j-h];a[j]=t;}}return 0;}
static void decide(const uint32_t*req,int E,double cps){
  for(int u=0;u<U;u++)load_[u]=0; memset(alloc_,0,sizeof(uint32_t)*E*U);
  for(int e=0;e<E;e++){key[e]=((uint64_t)req[e]<<16)|e;}
  cmp(key,E);
  for(int i=0;i<E;i++){int e=key[i]&0xffff;uint32_t rest=req[e];if(!rest)continue;
    int home=e*U/E,c[5],n=0; double f[5];char got[5]={0};
    int limit=rest*cps/fetch_[e][nb[home][0]]; if(limit<1)limit=1;
    c[n++]=home; // then neighbours by load; of equal load, the lower id
    for(int k=0;k<nnb[home];k++){int v=nb[home][k];double l=load_[v];int at=n;while(at>1&&(load_[c[at-1]]>l||(load_[c[at-1]]==l&&c[at-1]>v))){c[at]=c[at-1];at--;}c[at]=v;n++;}
    if(n>limit)n=limit;
    for(int k=0;k<n;k++)f[k]=fetch_[e][c[k]];
    while(rest){uint32_t b=rest<50?rest:50;double comp=b*cps,best=1e300;int bi=0;
      for(int k=0;k<n;k++){double x=got[k]?0:f[k];double end=load_[c[k]]+(x>comp?x:comp);if(end<best){best=end;bi=k;}}
      load_[c[bi]]=best;got[bi]=1;alloc_[e*U+c[bi]]+=b;rest-=b;}
  }
}
int main(){for(int u=0;u<U;u++){int x=u%5,y=u/5;if(x)nb[u][nnb[u]++]=u-1;if(x<4)nb[u][nnb[u]++]=u+1;if(y)nb[u][nnb[u]++]=u-5;if(y<4)nb[u][nnb[u]++]=u+5;}
  srand(1);int Es[]={64,128,256,384,512};int Ts[]={4096,16384,32768,65536,131072};
  for(int a=0;a<5;a++)for(int t=0;t<5;t++){int E=Es[a];
    for(int e=0;e<E;e++)for(int u=0;u<U;u++)fetch_[e][u]=u==e*U/E?2.9e7:5.2e7; // ps: 88 MB from own memory, over a link
    enum{R=64};static uint32_t req[R][512];double blocks=0,active=0;
    for(int r=0;r<R;r++){double w[512],s=0;for(int e=0;e<E;e++){double x=(rand()+1.0)/RAND_MAX;w[e]=1/(0.15+x);s+=w[e];}
      for(int e=0;e<E;e++){req[r][e]=Ts[t]*w[e]/s;blocks+=(req[r][e]+49)/50;active+=req[r][e]>0;}}
    struct timespec p,q;double bestns=1e18;for(int rep=0;rep<7;rep++){clock_gettime(CLOCK_PROCESS_CPUTIME_ID,&p);
    int N=400;for(int i=0;i<N;i++)decide(req[i%R],E,1.07e5);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID,&q);double ns=((q.tv_sec-p.tv_sec)*1e9+(q.tv_nsec-p.tv_nsec))/N;if(ns<bestns)bestns=ns;}
    printf("%d %.0f %.0f\n",E,blocks/R,bestns);}
  return alloc_[3]==12345;}
